import type { SshSettings } from '../config/ssh-settings.ts';
import { type HostKeyPolicy, type HostKeyVerifier, hostKeyVerifier, parsePin } from '../transport/ssh/host-key-verifier.ts';
import { fleetErrors } from './fleet-errors.ts';

/** A fingerprint that a host must show, and the host's name; without one it is for every host that is not known yet. */
export interface HostKeyPin {
  readonly host: string | undefined;
  readonly fingerprint: string;
}

/** Reads `SHA256:...` or `HOST=SHA256:...`. @throws OoError HOST_KEY_PIN_INVALID */
export function parseHostKeyPin(text: string): HostKeyPin {
  const [, host, fingerprint = text] = /^(?:(.+)=)?(SHA256:.*)$/s.exec(text) ?? [];
  return { host, fingerprint: parsePin(fingerprint) };
}

/**
 * One verifier for all hosts of a run: those that have pins of their own must show one of these, the others follow the policy. A name is
 * what was typed, or the name that is connected to; jump hosts count as hosts.
 * @throws OoError HOST_KEY_FOR_NOBODY for a pin of a host that is not among them
 */
export function pinnedVerifier(
  pins: readonly HostKeyPin[],
  hosts: readonly SshSettings[],
  policy: Omit<HostKeyPolicy, 'pinned'>,
): HostKeyVerifier {
  const everybody = hosts.flatMap((settings) => [...settings.jumps, settings]);
  const pinnedTo = (settings: SshSettings) => pins.filter(({ host }) => host !== undefined && isNamed(settings, host));
  for (const { host } of pins) {
    if (host !== undefined && !everybody.some((settings) => isNamed(settings, host))) throw fleetErrors.HOST_KEY_FOR_NOBODY(host);
  }
  const others = hostKeyVerifier({
    ...policy,
    pinned: pins.filter(({ host }) => host === undefined).map(({ fingerprint }) => fingerprint),
  });
  const own = new Map<string, HostKeyVerifier>();
  const verifierOf = (settings: SshSettings): HostKeyVerifier => {
    const pinned = pinnedTo(settings).map(({ fingerprint }) => fingerprint);
    if (pinned.length === 0) return others;
    const key = pinned.join(' ');
    const verifier = own.get(key) ?? hostKeyVerifier({ ...policy, pinned });
    own.set(key, verifier);
    return verifier;
  };
  return {
    algorithms: (settings) => verifierOf(settings).algorithms(settings),
    verify: (settings, key) => verifierOf(settings).verify(settings, key),
  };
}

function isNamed(settings: SshSettings, name: string): boolean {
  const bare = /^(?:.*@)?(.*?)(?::\d+)?$/s.exec(settings.name)?.[1];
  return [settings.name, settings.hostName, bare].includes(name);
}
