import { findClusterFile } from '../config/working-folder.ts';
import type { ClusterSettings } from '../config/cluster-settings.ts';
import { parseHostTarget } from '../config/host-target.ts';
import { fleetErrors } from '../fleet/fleet-errors.ts';
import { parseHostKeyPin } from '../fleet/host-key-pins.ts';
import type { HostRequest } from '../fleet/host-request.ts';
import { limitHosts } from '../fleet/limit-hosts.ts';
import type { Reach } from '../fleet/reach-hosts.ts';
import type { HostFlags } from './global-flags.ts';

/** What a command is asked to run on, and what is said about all of it. */
export interface Requested {
  readonly requests: readonly HostRequest[];
  readonly parallel: number;
  /** What cluster.yaml says of each host; nothing without one. */
  readonly settings: ClusterSettings;
}

const defaultParallel = 10;

/**
 * The hosts that are named; or those of cluster.yaml, by `-f` or because it stands in the working folder and nothing is named. With `-f`, names
 * choose among its hosts. `takesAway`: the command is not run on all hosts of a file that nobody named.
 * @throws OoError of class usage
 */
export async function requestedHosts(names: readonly string[], flags: HostFlags, takesAway = false): Promise<Requested> {
  const file = flags.file ?? (names.length === 0 && !takesAway ? await findClusterFile() : undefined);
  const cluster = file === undefined ? undefined : await clusterIn(file);
  const all = cluster === undefined ? names.map(namedRequest) : chosen(cluster.requests, names, file!);
  if (all.length === 0) throw fleetErrors.NO_HOSTS();
  const requests = limitHosts(
    all.map((request) => ({ ...request, name: request.target.name })),
    flags.limit,
  );
  if (requests.length > 1) {
    if (flags.nodeName !== undefined) throw fleetErrors.FLAG_OF_ONE_HOST('--node-name', requests.length);
    if (flags.advertiseAddress !== undefined) throw fleetErrors.FLAG_OF_ONE_HOST('--advertise-address', requests.length);
    if (flags.tlsSan !== undefined) throw fleetErrors.FLAG_OF_ONE_HOST('--tls-san', requests.length);
  }
  return {
    requests: requests.map((request) => withFlags(request, flags)),
    parallel: flags.parallel ?? cluster?.parallel ?? defaultParallel,
    settings: cluster?.settings ?? {},
  };
}

/** What a cluster.yaml says. It is YAML and its schema that take long to load: hosts that are named do without. */
async function clusterIn(file: string) {
  const { readClusterFile } = await import('../config/cluster-file.ts');
  const { clusterRequests, settingsIn } = await import('../fleet/cluster-requests.ts');
  const cluster = await readClusterFile(file);
  return { parallel: cluster.parallel, requests: clusterRequests(cluster, file), settings: settingsIn(cluster, file) };
}

function namedRequest(name: string): HostRequest {
  return {
    target: parseHostTarget(name),
    identities: [],
    jump: undefined,
    pins: [],
    nodeName: undefined,
    advertiseAddress: undefined,
    tlsSANs: [],
  };
}

function chosen(requests: readonly HostRequest[], names: readonly string[], file: string): readonly HostRequest[] {
  const known = requests.map(({ target }) => target.name);
  for (const name of names) if (!known.includes(name)) throw fleetErrors.HOST_NOT_IN_FILE(name, file);
  return names.length === 0 ? requests : requests.filter(({ target }) => names.includes(target.name));
}

/** The command line has the last word. */
function withFlags(request: HostRequest, flags: HostFlags): HostRequest {
  return {
    ...request,
    identities: [...flags.identity, ...request.identities],
    jump: flags.jump ?? request.jump,
    nodeName: flags.nodeName ?? request.nodeName,
    advertiseAddress: flags.advertiseAddress ?? request.advertiseAddress,
    tlsSANs: flags.tlsSan ?? request.tlsSANs,
  };
}

/** What the flags say about reaching any host. @throws OoError HOST_KEY_PIN_INVALID */
export function reachOf(flags: HostFlags): Omit<Reach, 'needsRoot' | 'prompter' | 'warn' | 'signal'> {
  return {
    sshConfig: flags.sshConfig,
    acceptNewHostKeys: flags.acceptNewHostKeys,
    pins: flags.hostKey.map(parseHostKeyPin),
    ask: [...(flags.askPassword ? (['login'] as const) : []), ...(flags.askSudoPassword ? (['sudo'] as const) : [])],
    passwordFile: flags.passwordFile,
    sudoPasswordFile: flags.sudoPasswordFile,
  };
}
