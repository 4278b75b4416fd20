import type { SshSettings } from '../config/ssh-settings.ts';
import type { FleetHost } from '../fleet/fleet-host.ts';
import { pinnedVerifier } from '../fleet/host-key-pins.ts';
import { refusingPrompter } from '../prompter.ts';
import type { ConnectionOptions } from '../transport/ssh/connection.ts';
import { sshCredentials } from '../transport/ssh/credentials.ts';
import { sshTransport } from '../transport/ssh/ssh-transport.ts';
import { operatorName } from './host-data.ts';
import type { LabHost } from './provider.ts';
import type { LabState } from './state/lab-state.ts';

/** A host of a lab, as the fleet's code takes it. */
export interface LabFleetHost extends FleetHost {
  readonly attendee: string;
  /** For a connection of one's own. */
  readonly connection: ConnectionOptions & { readonly settings: SshSettings };
}

/**
 * The hosts of a lab that can be reached: by the lab's own key, and with the host keys that were pinned. ~/.ssh of the operator has no say in
 * it and is not written to, since addresses of labs come back with other keys.
 */
export function labFleet(hosts: readonly LabHost[], state: LabState, signal: AbortSignal): readonly LabFleetHost[] {
  const reachable = hosts.filter((host) => host.ssh !== undefined && host.id !== undefined);
  const settings = new Map(reachable.map((host) => [host, settingsOf(host, state)]));
  const prompter = refusingPrompter();
  const pins = reachable.flatMap(({ name, id, hostKeys }) =>
    (state.hostKeys[id!] ?? hostKeys).map((fingerprint) => ({ host: name, fingerprint })),
  );
  const hostKeys = pinnedVerifier(pins, [...settings.values()], { acceptNew: false, prompter });
  const credentials = sshCredentials(prompter, {});
  return reachable.map((host) => {
    const own = settings.get(host)!;
    return {
      name: host.name,
      attendee: host.attendee,
      route: `${own.user}@${own.hostName}:${own.port}`,
      isLocal: false,
      connection: { settings: own, credentials, hostKeys, signal },
      transport: () => sshTransport({ settings: own, credentials, hostKeys, signal }),
    };
  });
}

function settingsOf({ name, ssh }: LabHost, { operator }: LabState): SshSettings {
  return {
    name,
    hostName: ssh!.address,
    port: ssh!.port,
    user: operatorName,
    identityFiles: [operator.privateKeyFile!],
    identitiesGiven: true,
    identitiesOnly: true,
    agentSocket: undefined,
    jumps: [],
    hostKeyAlias: undefined,
    userKnownHostsFiles: [],
    globalKnownHostsFiles: [],
    strictHostKeys: 'yes',
    connectTimeout: 30_000,
    serverAliveInterval: 15_000,
    hashKnownHosts: false,
    warnings: [],
  };
}

/** What hosts showed first is what they must go on showing; hosts that are gone are forgotten. */
export function pinnedKeys(hosts: readonly LabHost[], { hostKeys }: LabState): Record<string, readonly string[]> {
  return Object.fromEntries(
    hosts.flatMap((host) => (host.id === undefined ? [] : [[host.id, hostKeys[host.id] ?? host.hostKeys]])),
  );
}
