import { type Clock, systemClock } from '../../common/clock.ts';
import { labHostFiles } from '../../stacks/cloud-init/lab-host-status.ts';
import { status } from '../commands/status.ts';
import type { EventBody, Reporter } from '../progress-event.ts';
import type { SessionOptions } from '../session.ts';
import { isLoss } from '../transport/call-again.ts';
import { printable } from '../../common/printable.ts';
import type { Transport } from '../transport/transport.ts';
import { parseHostStatus, readStatusScript } from './host-status.ts';
import { labErrors } from './lab-errors.ts';
import type { LabFleetHost } from './lab-fleet.ts';

/** How long is waited for a host, and how often it is asked. */
export interface InstallPatience {
  /** ms between two looks. @default 5 s */
  readonly poll?: number;
  /** ms for the host to boot, fetch, install and be ready. @default 20 minutes */
  readonly patience?: number;
  readonly clock?: Clock;
}

const phase = { phase: 'own-install', title: 'Wait while the host installs itself' } as const;

/** Where a host is with it: `told` is for who waits. `foreign`: it was made when oo-install installed over SSH. */
type Progress = { readonly state: 'waiting' | 'ready' | 'foreign'; readonly told: string; readonly api: string };

/**
 * Waits until a host has installed itself out of the lab's bucket and its platform is ready, by what the host itself tells over SSH. What fails there is
 * told, and waited for: the host tries again by itself. Answers false for a host whose user data says nothing of it: it has to be installed.
 * @throws OoError LAB_HOST_NOT_INSTALLED, and those of a connection that is refused
 */
export async function waitForOwnInstall(
  host: LabFleetHost,
  session: Omit<SessionOptions, 'transport'>,
  { poll = 5_000, patience = 20 * 60_000, clock = systemClock }: InstallPatience = {},
): Promise<boolean> {
  const { reporter, signal } = session;
  const began = clock.now();
  const seconds = (): number => Math.round((clock.now() - began) / 100) / 10;
  reporter.report({ event: 'started', host: host.name, command: 'install', dryRun: false });
  reporter.plan(host.name, [{ name: phase.phase, title: phase.title }]);
  reporter.report({ event: 'phase', host: host.name, ...phase, state: 'running', seconds: 0 });
  const transport = host.transport();
  try {
    for (let last = ''; ;) {
      signal?.throwIfAborted();
      const { state, told, api } = await progressOf(host, transport, session);
      if (state === 'foreign') return false;
      if (state === 'ready') {
        reporter.report({ event: 'phase', host: host.name, ...phase, state: 'done', seconds: seconds() });
        reporter.report(resultOf(host.name, api, seconds()));
        return true;
      }
      if (told !== last) reporter.report({ event: 'progress', host: host.name, phase: phase.phase, message: told });
      last = told;
      if (clock.now() - began > patience) throw labErrors.LAB_HOST_NOT_INSTALLED(host.name, Math.ceil(patience / 60_000), told);
      await clock.sleep(poll, signal);
    }
  } finally {
    await transport.close();
  }
}

async function progressOf(
  host: LabFleetHost,
  transport: Transport,
  session: Omit<SessionOptions, 'transport'>,
): Promise<Progress> {
  const waiting = (told: string): Progress => ({ state: 'waiting', told: `waiting: ${printable(told)}`, api: '' });
  try {
    const found = parseHostStatus(await transport.runScript(readStatusScript, [labHostFiles.status]));
    if (found === undefined) return waiting('it boots, and cloud-init is at work');
    const stage = found.stages.find(({ name }) => name === 'install');
    if (stage === undefined) return { state: 'foreign', told: '', api: '' };
    if (stage.state === 'failed') return waiting(`it failed, and tries again: ${stage.error}`);
    if (stage.state !== 'done') return waiting('it fetches the platform and installs it');
    const { platform, reason, api } = await status({ ...session, reporter: silent, transport: host.transport() });
    return platform === 'ready' ? { state: 'ready', told: '', api } : waiting(`its platform is ${platform} ${reason}`.trim());
  } catch (error) {
    // It may be rebooting, or not let anybody in yet.
    if (!isLoss(error)) throw error;
    return waiting((error as Error).message);
  }
}

/** Nothing is changed from here: what the host did to itself is in its own journal. */
function resultOf(host: string, api: string, seconds: number): EventBody {
  return { event: 'result', host, command: 'install', outcome: 'installed', seconds, changes: 0, ...(api === '' ? {} : { api }) };
}

const silent: Reporter = { plan: () => undefined, report: () => undefined, close: async () => undefined };
