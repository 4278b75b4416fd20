import { labHostFiles } from '../../stacks/cloud-init/lab-host-status.ts';
import { debianArchitecture } from '../artifacts/debian-architecture.ts';
import { install } from '../commands/install.ts';
import { status } from '../commands/status.ts';
import type { Lab } from '../config/lab-schema.ts';
import type { EventBody, Reporter } from '../progress-event.ts';
import type { SessionOptions } from '../session.ts';
import { type RemoteCommand, runRemoteCommand } from '../transport/ssh/run-remote-command.ts';
import { parseHostStatus, readStatusScript } from './host-status.ts';
import type { LabFleetHost } from './lab-fleet.ts';
import type { LabRun } from './lab-run.ts';
import { waitForOwnInstall } from './own-install.ts';
import type { LabHost } from './provider.ts';
import { giveKubeconfig, tellEnd } from './settle-host.ts';
import type { LabState } from './state/lab-state.ts';

/** What is to be brought to a host. */
export interface InstallTask {
  readonly lab: Lab;
  readonly state: LabState;
  /** The same host, as its provider found it. */
  readonly found: LabHost;
  readonly reporter: Reporter;
}

type Row = Extract<EventBody, { event: 'lab-status' }>['hosts'][number];
/** What a host tells of itself. */
export type HostLook = Pick<Row, 'boot' | 'platform' | 'reason'>;

/**
 * What is done on a lab's hosts themselves; all else about them is asked of their provider. Each may be done again after it was cut off anywhere, and
 * what it throws is that host's failure alone.
 */
export interface HostWork {
  /** Begins to make ready what every host will be given, while the hosts themselves are made. Never throws. */
  prepare(run: LabRun, lab: Lab): void;
  /** A platform that is healthy, and what belongs to the attendee. */
  install(run: LabRun, host: LabFleetHost, task: InstallTask): Promise<void>;
  /** Changes nothing. */
  look(run: LabRun, host: LabFleetHost): Promise<HostLook>;
  tellEnd(host: LabFleetHost, expires: string): Promise<void>;
  /** Runs a program as root, without a shell, and answers its status. */
  exec(host: LabFleetHost, command: Pick<RemoteCommand, 'argv' | 'onOutput'>): Promise<number>;
}

/** Over SSH: how a user's commands do it. */
export const sshHostWork: HostWork = {
  prepare: prepareSupplies,
  install: installHost,
  look: lookAtHost,
  tellEnd,
  exec: (host, command) => runRemoteCommand({ ...host.connection, ...command }),
};

/** What fails here is told where it is awaited. Hosts are of this machine's architecture, or nearly always so. */
function prepareSupplies({ supplies }: LabRun, { settings }: Lab): void {
  const architecture = debianArchitecture();
  const own = settings.images.map((name) => supplies.platformImage(name, architecture));
  for (const begun of [supplies.artifacts(architecture), supplies.images(architecture), ...own])
    void begun.catch(() => undefined);
}

/** Whether hosts are told in their user data to do it, as far as lab.yaml goes: those that were made before it said so are not. */
const installsItself = ({ provider, aws }: Lab): boolean => provider === 'aws' && aws.install === 's3';

/** What `oo-install HOST` does, or a wait until the host has done it itself; and what belongs to the attendee. */
async function installHost(run: LabRun, host: LabFleetHost, { lab, state, found, reporter }: InstallTask): Promise<void> {
  const session: Omit<SessionOptions, 'transport'> = {
    reporter,
    supplies: run.supplies,
    dryRun: false,
    takeLock: false,
    port: lab.settings.port,
    images: lab.settings.images,
    signal: run.signal,
    ...(run.packages === undefined ? {} : { packages: run.packages }),
  };
  const isDone = installsItself(lab) && (await waitForOwnInstall(host, session, run.installPatience));
  if (!isDone) await install({ ...session, transport: host.transport() }, { kubeconfig: false });
  await giveKubeconfig(host, found, state, { ...session, transport: host.transport() });
  if (state.expires !== state.firstExpires) await tellEnd(host, state.expires);
}

const silent: Reporter = { plan: () => undefined, report: () => undefined, close: async () => undefined };

/** Over one connection: what cloud-init did, and what the platform says. */
async function lookAtHost(run: LabRun, host: LabFleetHost): Promise<HostLook> {
  const transport = host.transport();
  const boot = bootOf(await transport.runScript(readStatusScript, [labHostFiles.status]));
  const { platform, reason } = await status({
    transport,
    reporter: silent,
    supplies: run.supplies,
    dryRun: false,
    takeLock: false,
    signal: run.signal,
  });
  return { ...boot, platform, reason: [boot.reason, reason].filter((text) => text !== '').join('; ') };
}

function bootOf(text: string): Pick<HostLook, 'boot' | 'reason'> {
  const found = parseHostStatus(text);
  if (found === undefined) return { boot: 'unknown', reason: '' };
  const errors = found.stages.filter(({ error }) => error !== '').map(({ name, error }) => `${name}: ${error}`);
  return { boot: found.state, reason: found.state === 'failed' ? errors.join('; ').slice(0, 300) : '' };
}
