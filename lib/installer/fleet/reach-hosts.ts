import { access } from 'node:fs/promises';
import { errorText } from '../../common/errors.ts';
import { resolveSshSettings, type SshSettings } from '../config/ssh-settings.ts';
import { type Prompter, promptErrors } from '../prompter.ts';
import { localTransport } from '../transport/local-transport.ts';
import { type Credentials, type PasswordKind, sshCredentials } from '../transport/ssh/credentials.ts';
import { readSecretFile } from '../transport/ssh/secret-file.ts';
import { sshTransport } from '../transport/ssh/ssh-transport.ts';
import { fleetErrors } from './fleet-errors.ts';
import type { FleetHost } from './fleet-host.ts';
import { type HostKeyPin, pinnedVerifier } from './host-key-pins.ts';
import type { HostRequest } from './host-request.ts';
import { refuseDuplicates } from './refuse-duplicates.ts';

export interface Reach {
  readonly sshConfig: string | undefined;
  readonly acceptNewHostKeys: boolean;
  /** Of all hosts; those of one host are in its request. */
  readonly pins: readonly HostKeyPin[];
  /** Passwords that are asked for before anything is done, and files that hold one. */
  readonly ask: readonly PasswordKind[];
  readonly passwordFile: string | undefined;
  readonly sudoPasswordFile: string | undefined;
  /** Whether the command must be root there; else it looks as the user that logs in where sudo wants a password. */
  readonly needsRoot: boolean;
  readonly prompter: Prompter;
  readonly warn: (message: string, host?: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Makes hosts of requests: reads ssh's configuration, refuses two names of one server, and asks for what should be asked first. Connects
 * to none of them. Passwords, passphrases and decisions about host keys are shared by all.
 * @throws OoError HOST_TWICE, HOST_KEY_FOR_NOBODY, SECRET_FILE_EXPOSED, ANSWER_NEEDED, IDENTITY_NOT_FOUND, and those of resolveSshSettings
 */
export async function reachHosts(requests: readonly HostRequest[], reach: Reach): Promise<readonly FleetHost[]> {
  const settings = new Map<HostRequest, SshSettings>();
  for (const request of requests) if (request.target.kind === 'ssh') settings.set(request, await settingsOf(request, reach));
  const route = (request: HostRequest) => routeOf(settings.get(request));
  refuseDuplicates(requests.map((request) => ({ name: request.target.name, route: route(request) })));

  const { passwordFile, sudoPasswordFile, prompter, signal } = reach;
  for (const file of [passwordFile, sudoPasswordFile]) if (file !== undefined) await readSecretFile(file);
  const credentials = sshCredentials(prompter, {
    ...(passwordFile === undefined ? {} : { passwordFile }),
    ...(sudoPasswordFile === undefined ? {} : { sudoPasswordFile }),
  });
  const pins = [...reach.pins, ...requests.flatMap((request) => request.pins)];
  const hostKeys = pinnedVerifier(pins, [...settings.values()], {
    acceptNew: reach.acceptNewHostKeys,
    prompter,
    warn: reach.warn,
  });
  for (const kind of reach.ask) await askFirst(kind, [...settings.values()], credentials);
  const becomeRoot = reach.needsRoot || reach.ask.includes('sudo') || sudoPasswordFile !== undefined ? 'root' : 'unasked';
  return requests.map((request) => {
    const own = settings.get(request);
    return {
      name: request.target.name,
      route: route(request),
      isLocal: own === undefined,
      nodeName: request.nodeName,
      advertiseAddress: request.advertiseAddress,
      tlsSANs: request.tlsSANs,
      transport: () =>
        own === undefined ? localTransport() : sshTransport({ settings: own, credentials, hostKeys, becomeRoot, signal }),
    };
  });
}

async function settingsOf({ target, identities, jump }: HostRequest, reach: Reach): Promise<SshSettings> {
  const settings = await resolveSshSettings(target, { configFile: reach.sshConfig, identityFiles: identities, jump });
  for (const warning of settings.warnings) reach.warn(warning, target.name);
  // Those that are asked for by name come first; the ones of ssh's own configuration may be absent, as they may for ssh.
  const named = new Set(identities.filter((file) => file.toLowerCase() !== 'none'));
  for (const path of settings.identityFiles.slice(0, named.size)) await refuseMissing(path, target.name);
  return settings;
}

/** A private key may be an agent's alone: then its public half beside it tells which. */
async function refuseMissing(path: string, host: string): Promise<void> {
  try {
    await access(path).catch((error: unknown) => access(`${path}.pub`).catch(() => Promise.reject(error)));
  } catch (error) {
    throw fleetErrors.IDENTITY_NOT_FOUND(host, path, (error as NodeJS.ErrnoException).code ?? errorText(error));
  }
}

/** Where a host is, by way of which others: what two names of one server have in common. */
function routeOf(settings: SshSettings | undefined): string {
  if (settings === undefined) return 'this machine';
  return [...settings.jumps, settings].map(({ user, hostName, port }) => `${user}@${hostName}:${port}`).join(' > ');
}

/** One question for each user, however many hosts there are. */
async function askFirst(kind: PasswordKind, hosts: readonly SshSettings[], credentials: Credentials): Promise<void> {
  for (const [user, theirs] of Map.groupBy(hosts, ({ user }) => user)) {
    const host = theirs.length === 1 ? theirs[0]!.name : `all ${theirs.length} servers`;
    if ((await credentials.password(kind, { user, host })) !== undefined) continue;
    throw promptErrors.ANSWER_NEEDED(`${kind} password of ${user}`);
  }
}
