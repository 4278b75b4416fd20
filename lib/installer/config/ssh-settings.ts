import { join } from 'node:path';
import type { HostTarget } from './host-target.ts';
import { localSide } from './local-side.ts';
import { hopsOf } from './proxy-jump.ts';
import { sshConfigErrors } from './ssh-config-errors.ts';
import { connectName, loginName, lookUpConfig } from './ssh-config-lookup.ts';
import { agentSocketOf, type Environment, pathExpander } from './ssh-config-tokens.ts';

/** How a host is reached: what ssh(1) would find in its configuration, by the same rules. */
export interface SshSettings {
  /** As typed; what a person calls it. */
  readonly name: string;
  /** In lower case: the name or address to connect to. */
  readonly hostName: string;
  readonly port: number;
  readonly user: string;
  /** Private keys to try, in order. They may not exist. */
  readonly identityFiles: readonly string[];
  /** Whether somebody named them: one that is missing is worth a word then. */
  readonly identitiesGiven: boolean;
  /** Of the agent's keys, only those of `identityFiles`. */
  readonly identitiesOnly: boolean;
  readonly agentSocket: string | undefined;
  /** The way there, outermost first. Their own jumps are in it already. */
  readonly jumps: readonly SshSettings[];
  /** The name under which known_hosts has it, without a port. */
  readonly hostKeyAlias: string | undefined;
  /** New keys go to the first. Empty: nothing is remembered. */
  readonly userKnownHostsFiles: readonly string[];
  readonly globalKnownHostsFiles: readonly string[];
  /** `ask` unless the configuration is stricter or accepts new keys. */
  readonly strictHostKeys: 'ask' | 'yes' | 'accept-new';
  /** ms. */
  readonly connectTimeout: number;
  /** ms; 0: nothing is configured. */
  readonly serverAliveInterval: number;
  readonly hashKnownHosts: boolean;
  /** What in the configuration is not done as it says, to be told once. */
  readonly warnings: readonly string[];
}

export interface SshSettingsOptions {
  /** Instead of both configuration files, as `ssh -F`; `none` reads none. */
  readonly configFile?: string | undefined;
  /** Before those of the configuration, as `ssh -i`. */
  readonly identityFiles?: readonly string[] | undefined;
  /** Instead of ProxyJump and ProxyCommand, as `ssh -J`. */
  readonly jump?: string | undefined;
  /** @default process.env */
  readonly env?: Environment | undefined;
  /** @default $HOME; without it, that of the password file */
  readonly home?: string | undefined;
  /** @default /etc/ssh/ssh_config */
  readonly systemConfigFile?: string | undefined;
}

const defaultConnectTimeout = 30_000;
/** Those of ssh(1) that are not obsolete, in its order. */
const defaultIdentities = ['id_rsa', 'id_ecdsa', 'id_ecdsa_sk', 'id_ed25519', 'id_ed25519_sk'];
const defaultKnownHosts = ['known_hosts', 'known_hosts2'];
const systemKnownHosts = ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'];

/**
 * Reads ~/.ssh/config and /etc/ssh/ssh_config for a host and for every host on the way. Runs no command, asks nobody, connects to nothing.
 * @throws OoError SSH_CONFIG_INVALID, SSH_CONFIG_UNREADABLE, SSH_CONFIG_UNSAFE, SSH_CONFIG_TOO_DEEP, SSH_JUMP_LOOP, SSH_PROXY_COMMAND
 */
export function resolveSshSettings(target: HostTarget, options: SshSettingsOptions = {}): Promise<SshSettings> {
  return resolve(target, options, []);
}

/** Who is being resolved above this host: it is one of their jump hosts. */
interface Ancestor {
  readonly name: string;
  readonly route: string;
}

async function resolve(target: HostTarget, options: SshSettingsOptions, above: readonly Ancestor[]): Promise<SshSettings> {
  const local = localSide(options);
  const values = await lookUpConfig(target, options, local);
  const hostName = connectName(target, values);
  const user = loginName(target, values, local);
  const port = target.port ?? values.port?.value ?? 22;
  const tokens = { h: hostName, n: target.host, p: String(port), r: user };
  const self = { name: target.name, route: `${user}@${hostName}:${port}` };
  if (above.some(({ route }) => route === self.route)) {
    throw sshConfigErrors.SSH_JUMP_LOOP([...above.map(({ name }) => name), target.name]);
  }
  const jumps: SshSettings[] = [];
  for (const [index, hop] of hopsOf(values, options.jump, tokens).entries()) {
    // As ssh: the first hop is reached as its own configuration says, the later ones through those before them.
    const settings = await resolve(hop, { ...options, jump: index === 0 ? undefined : 'none' }, [...above, self]);
    jumps.push(...settings.jumps, { ...settings, jumps: [] });
  }
  const path = pathExpander(local, { ...tokens, k: values.hostKeyAlias?.value ?? target.host });
  const inFolder = (name: string) => join(local.home, '.ssh', name);
  const identities = values.identityFiles.filter(({ value }) => value.toLowerCase() !== 'none').map(path);
  return {
    name: target.name,
    hostName,
    port,
    user,
    identityFiles: values.identityFiles.length > 0 ? [...new Set(identities)] : defaultIdentities.map(inFolder),
    identitiesGiven: values.identityFiles.length > 0,
    identitiesOnly: values.identitiesOnly?.value ?? false,
    agentSocket: agentSocketOf(values.identityAgent, local.env, path),
    jumps,
    hostKeyAlias: values.hostKeyAlias?.value.toLowerCase(),
    userKnownHostsFiles: values.userKnownHostsFiles?.map(path) ?? defaultKnownHosts.map(inFolder),
    globalKnownHostsFiles: values.globalKnownHostsFiles?.map(({ value }) => value) ?? systemKnownHosts,
    strictHostKeys: strictness(values.strictHostKeyChecking?.value),
    connectTimeout: values.connectTimeout?.value || defaultConnectTimeout,
    serverAliveInterval: values.serverAliveInterval?.value ?? 0,
    hashKnownHosts: values.hashKnownHosts?.value ?? false,
    warnings: [...new Set(values.warnings)],
  };
}

/** Never laxer than asking: `no` would trust a key that changed. */
function strictness(value: string | undefined): SshSettings['strictHostKeys'] {
  if (value === 'yes' || value === 'true') return 'yes';
  return value === 'accept-new' ? value : 'ask';
}
