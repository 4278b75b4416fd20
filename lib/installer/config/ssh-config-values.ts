import { parsePort } from './host-target.ts';
import { type ConfigPosition, sshConfigErrors } from './ssh-config-errors.ts';
import type { ConfigLine } from './ssh-config-line.ts';

/** A value and the line that it stands on; what came from the command line stands on none. */
export interface Placed<T> extends ConfigPosition {
  readonly value: T;
}

/** What the lines that apply say, before names in it are expanded. The first value of each setting wins. */
export interface ConfigValues {
  hostName?: Placed<string>;
  user?: Placed<string>;
  port?: Placed<number>;
  /** All of them count, in order. */
  readonly identityFiles: Placed<string>[];
  identitiesOnly?: Placed<boolean>;
  identityAgent?: Placed<string>;
  /** The words of ProxyJump, or of ProxyCommand: whichever comes first keeps the other out. */
  proxyJump?: Placed<string>;
  proxyCommand?: Placed<string>;
  /** Empty for `none`. */
  userKnownHostsFiles?: readonly Placed<string>[];
  globalKnownHostsFiles?: readonly Placed<string>[];
  hostKeyAlias?: Placed<string>;
  /** ms; 0 is the default. */
  connectTimeout?: Placed<number>;
  serverAliveInterval?: Placed<number>;
  hashKnownHosts?: Placed<boolean>;
  strictHostKeyChecking?: Placed<string>;
  readonly warnings: string[];
}

/** Settings that decide how a host is reached or trusted, and that we do not know, with a value that changes nothing: told where they apply. */
const notHonoured: ReadonlyMap<string, string> = new Map([
  ['addressfamily', 'any'],
  ['bindaddress', ''],
  ['bindinterface', ''],
  ['canonicalizehostname', 'no'],
  ['certificatefile', 'none'],
  ['knownhostscommand', 'none'],
  ['pkcs11provider', 'none'],
  ['securitykeyprovider', 'internal'],
]);

/** OpenSSH's MAX_SSH_IDENTITY is 100 files. */
const mostIdentities = 100;

/** Takes a line in. Settings that do not concern us are passed over, as are those that have a value already. */
export function applyConfigLine(values: ConfigValues, line: ConfigLine): void {
  const { file, line: number, keyword, args } = line;
  const place = <T>(value: T): Placed<T> => ({ file, line: number, value });
  const one = () => place(single(line));
  switch (keyword) {
    case 'hostname':
      values.hostName ??= one();
      return;
    case 'user':
      values.user ??= one();
      return;
    case 'port':
      values.port ??= place(portOf(line));
      return;
    case 'identityfile':
      if (values.identityFiles.some(({ value }) => value === single(line))) return;
      if (values.identityFiles.length >= mostIdentities) throw refuse(line, `more than ${mostIdentities} identity files`);
      values.identityFiles.push(one());
      return;
    case 'identitiesonly':
      values.identitiesOnly ??= place(flagOf(line));
      return;
    case 'identityagent':
      values.identityAgent ??= one();
      return;
    case 'proxyjump':
      if (values.proxyCommand === undefined) values.proxyJump ??= one();
      return;
    case 'proxycommand':
      if (values.proxyJump === undefined) values.proxyCommand ??= place(args.join(' '));
      return;
    case 'userknownhostsfile':
      values.userKnownHostsFiles ??= fileList(line).map(place);
      return;
    case 'globalknownhostsfile':
      values.globalKnownHostsFiles ??= fileList(line).map(place);
      return;
    case 'hostkeyalias':
      values.hostKeyAlias ??= place(aliasOf(line));
      return;
    case 'connecttimeout':
      values.connectTimeout ??= place(single(line).toLowerCase() === 'none' ? 0 : timeOf(line));
      return;
    case 'serveraliveinterval':
      values.serverAliveInterval ??= place(timeOf(line));
      return;
    case 'hashknownhosts':
      values.hashKnownHosts ??= place(flagOf(line));
      return;
    case 'stricthostkeychecking':
      choiceOf(line, ['yes', 'true', 'no', 'false', 'off', 'ask', 'accept-new']);
      if (values.strictHostKeyChecking === undefined && /^(no|false|off)$/i.test(args[0]!)) {
        values.warnings.push(
          `${file}:${number}: ${args.join(' ')} would trust changed keys: StrictHostKeyChecking is taken as ask`,
        );
      }
      values.strictHostKeyChecking ??= place(args[0]!.toLowerCase());
      return;
    default:
      if (notHonoured.has(keyword) && notHonoured.get(keyword) !== args[0]!.toLowerCase())
        values.warnings.push(`${file}:${number}: ${keyword} is not honoured`);
  }
}

function refuse(line: ConfigLine, why: string): Error {
  return sshConfigErrors.SSH_CONFIG_INVALID(line, why);
}

function single(line: ConfigLine): string {
  if (line.args.length !== 1) throw refuse(line, `${line.keyword} takes one value, not ${line.args.length}`);
  return line.args[0]!;
}

function portOf(line: ConfigLine): number {
  const port = parsePort(single(line));
  if (port === undefined) throw refuse(line, `bad port ${JSON.stringify(line.args[0])}`);
  return port;
}

/** It becomes the first word of a line of known_hosts. */
function aliasOf(line: ConfigLine): string {
  const alias = single(line);
  if (!/^[!-~]{1,253}$/.test(alias) || /^[|@#]|[,*?!]/.test(alias))
    throw refuse(line, `bad hostkeyalias ${JSON.stringify(alias)}`);
  return alias;
}

function choiceOf(line: ConfigLine, choices: readonly string[]): string {
  const value = single(line).toLowerCase();
  if (!choices.includes(value)) throw refuse(line, `${line.keyword} is ${JSON.stringify(value)}, none of ${choices.join(', ')}`);
  return value;
}

function flagOf(line: ConfigLine): boolean {
  return /^(yes|true)$/.test(choiceOf(line, ['yes', 'true', 'no', 'false']));
}

function fileList(line: ConfigLine): readonly string[] {
  if (!line.args.some((name) => name.toLowerCase() === 'none')) return line.args;
  if (line.args.length > 1) throw refuse(line, `none must stand alone in ${line.keyword}`);
  return [];
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

/** TIME FORMATS of sshd_config(5): `90`, `1m30`, `1h`. Answers ms. */
function timeOf(line: ConfigLine): number {
  const text = single(line).toLowerCase();
  if (!/^(?:[0-9]{1,9}[smhdw]?)+$/.test(text) || text.length > 40) throw refuse(line, `bad time ${JSON.stringify(text)}`);
  let seconds = 0;
  for (const [, count, unit = 's'] of text.matchAll(/([0-9]+)([smhdw]?)/g)) seconds += Number(count) * (unitSeconds[unit] ?? 1);
  // Longer ones are no timers of JavaScript any more.
  return Math.min(seconds, 86_400) * 1_000;
}
