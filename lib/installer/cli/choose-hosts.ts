import { parseHostTarget } from '../config/host-target.ts';
import { fleetErrors } from '../fleet/fleet-errors.ts';
import { parseHostKeyPin } from '../fleet/host-key-pins.ts';
import type { HostRequest } from '../fleet/host-request.ts';
import { limitHosts } from '../fleet/limit-hosts.ts';
import type { Reach } from '../fleet/reach-hosts.ts';
import type { HostFlags } from './global-flags.ts';

/** The hosts that a command is asked to run on: those named, as far as --limit chooses them. @throws OoError of class usage */
export async function requestedHosts(names: readonly string[], flags: HostFlags): Promise<readonly HostRequest[]> {
  const all = names.map((name): HostRequest & { readonly name: string } => ({
    name,
    target: parseHostTarget(name),
    identities: flags.identity,
    jump: flags.jump,
    pins: [],
    nodeName: flags.nodeName,
    advertiseAddress: flags.advertiseAddress,
  }));
  const requests = limitHosts(all, flags.limit);
  if (requests.length > 1) {
    if (flags.nodeName !== undefined) throw fleetErrors.FLAG_OF_ONE_HOST('--node-name', requests.length);
    if (flags.advertiseAddress !== undefined) throw fleetErrors.FLAG_OF_ONE_HOST('--advertise-address', requests.length);
  }
  return requests;
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
