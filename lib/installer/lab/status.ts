import { z } from 'zod';
import { labHostFiles, type LabHostStatus } from '../../stacks/cloud-init/lab-host-status.ts';
import { status } from '../commands/status.ts';
import { runFleet } from '../fleet/run-fleet.ts';
import type { EventBody, Reporter } from '../progress-event.ts';
import { labFleet, type LabFleetHost } from './lab-fleet.ts';
import { type LabRun, lookingContext, resumable } from './lab-run.ts';
import type { LabHost } from './provider.ts';
import type { LabState } from './state/lab-state.ts';
import { requireState } from './state/open-state.ts';

type LabStatus = Extract<EventBody, { event: 'lab-status' }>;
type Row = LabStatus['hosts'][number];

/** What is there of a lab, asked anew: its provider, then every host that runs. Changes nothing. Answers whether all of it is healthy. */
export async function labStatus(run: LabRun, name: string): Promise<boolean> {
  const state = await requireState(name);
  const { lab } = state;
  const hosts = await resumable(run, 'lab status', () => run.provider.hosts(lookingContext(run, lab, state)));
  const rows = await rowsOf(run, state, hosts);
  run.signal.throwIfAborted();
  const healthy = rows.filter((row) => row.healthy).length;
  run.reporter.report({
    event: 'lab-status',
    host: '',
    lab: name,
    provider: state.provider,
    expires: state.expires,
    healthy,
    hosts: rows,
  });
  return healthy === rows.length;
}

async function rowsOf(run: LabRun, state: LabState, hosts: readonly LabHost[]): Promise<Row[]> {
  const found = new Map<string, Partial<Row>>();
  const fleet = labFleet(
    hosts.filter((host) => host.state === 'running'),
    state,
    run.signal,
  );
  await runFleet(fleet, {
    ...run,
    reporter: silent,
    run: async (host) =>
      found.set(
        host.name,
        await lookAt(
          run,
          fleet.find(({ name }) => name === host.name)!,
        ),
      ),
    failureOf: (error, host) => {
      const failure = run.failureOf(error, host);
      found.set(host, { reason: failure.message });
      return failure;
    },
  });
  return hosts.map((host) => rowOf(host, found.get(host.name) ?? {}));
}

const silent: Reporter = { plan: () => undefined, report: () => undefined, close: async () => undefined };

function rowOf(host: LabHost, found: Partial<Row>): Row {
  const { name, attendee, state, public: address } = host;
  // What the host itself tells is nearer than what its provider knows from outside.
  const boot = found.boot === undefined || found.boot === 'unknown' ? host.boot : found.boot;
  const platform = found.platform ?? 'unknown';
  const reason = found.reason ?? '';
  return {
    host: name,
    attendee,
    state,
    boot,
    platform,
    healthy: state === 'running' && boot !== 'failed' && platform === 'ready',
    reason,
    ...(address === undefined
      ? {}
      : { ssh: `${address.address}:${address.sshPort}`, api: `https://${address.address}:${address.apiPort}` }),
  };
}

/** As far as it is needed here; what a host says of itself is not believed further than that. */
const hostStatus = z.object({
  state: z.enum(['running', 'done', 'failed']),
  stages: z.array(z.object({ name: z.string(), error: z.string() })),
}) satisfies z.ZodType<Pick<LabHostStatus, 'state'>>;

/** Over one connection: what cloud-init did, and what the platform says. */
async function lookAt(run: LabRun, host: LabFleetHost): Promise<Partial<Row>> {
  const transport = host.transport();
  const boot = bootOf(await transport.runScript('cat "$1" 2>/dev/null', [labHostFiles.status]));
  const { platform, reason } = await status({
    transport,
    reporter: silent,
    supplies: run.supplies,
    dryRun: false,
    takeLock: false,
    signal: run.signal,
  });
  return { platform, ...boot, reason: [boot.reason, reason].filter((text) => text !== '').join('; ') };
}

export function bootOf(text: string): { readonly boot: Row['boot']; readonly reason: string } {
  try {
    const { state, stages } = hostStatus.parse(JSON.parse(text));
    const errors = stages.filter(({ error }) => error !== '').map(({ name, error }) => `${name}: ${error}`);
    return { boot: state, reason: state === 'failed' ? errors.join('; ').slice(0, 300) : '' };
  } catch {
    return { boot: 'unknown', reason: '' };
  }
}
