import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { networkOptions } from '../../../lib/installer/artifacts/packages/network-options.ts';
import { runCommand } from '../run-command.ts';

/** A file to put on a host. */
export interface HostFile {
  readonly path: string;
  readonly content: string | Buffer;
  readonly mode: number;
}

/** How this machine reaches package mirrors and registries, so that a test host reaches them the same way. */
export interface MachineSettings {
  /** One-line apt sources of this Debian release. */
  readonly sources: readonly string[];
  /** `Acquire::http::Proxy "..."` and the like: apt's options about the network, none about packages. */
  readonly aptOptions: readonly string[];
  /** Credentials, npm's settings, local certificate authorities. Never part of an image. */
  readonly files: readonly HostFile[];
  readonly env: Readonly<Record<string, string>>;
}

/** Of the environment, what decides how registries are reached. */
const PASSED_ENV =
  /^(https?_proxy|no_proxy|all_proxy|npm_config_(registry|cafile|proxy|https_proxy|noproxy)|node_extra_ca_certs)$/i;

const CA_BUNDLE = '/etc/ssl/certs/ca-certificates.crt';

/** apt reads all its lists to tell: once in a process. */
let asked: Promise<{ readonly targets: string; readonly aptOptions: string[] }> | undefined;

async function askApt() {
  const format = '$(REPO_URI) $(SUITE) $(RELEASE) $(COMPONENT)';
  const argv = ['apt-get', 'indextargets', '--format', format, 'Created-By: Packages'];
  const [{ stdout: targets }, aptOptions] = await Promise.all([runCommand(argv, { anyCode: true }), networkOptions()]);
  return { targets, aptOptions };
}

/** Reads them from apt, npm and the environment of this machine. `release` is the hosts' Debian release. */
export async function readMachineSettings(release: string): Promise<MachineSettings> {
  const { targets, aptOptions } = await (asked ??= askApt());
  return {
    sources: sourcesFor(release, targets),
    aptOptions,
    files: [...aptCredentials(), ...npmSettings(), ...localAuthorities()],
    env: Object.fromEntries(
      Object.entries(process.env).filter(
        (entry): entry is [string, string] => PASSED_ENV.test(entry[0]) && entry[1] !== undefined,
      ),
    ),
  };
}

/** The machine's own repositories of that release; on another release, its mirror with the release's name. */
export function sourcesFor(release: string, indexTargets: string): string[] {
  const rows = indexTargets.split('\n').map((line) => line.split(' '));
  const own = rows
    .filter(
      ([uri, , suite]) => uri !== undefined && suite !== undefined && suite.split('-')[0] === release && uri.includes('/debian'),
    )
    .map(([uri, , suite, component]) => `deb ${uri} ${suite} ${component}`);
  if (own.length > 0) return [...new Set(own)];
  const mirror = rows.find(([uri]) => uri !== undefined && /\/debian\/?$/.test(uri))?.[0];
  if (mirror === undefined) throw new Error('apt on this machine knows no Debian mirror');
  return [`deb ${mirror} ${release} main`];
}

function aptCredentials(): HostFile[] {
  return filesIn('/etc/apt/auth.conf.d').concat(optionalFile('/etc/apt/auth.conf', '/etc/apt/auth.conf'));
}

function npmSettings(): HostFile[] {
  const user = process.env['npm_config_userconfig'] ?? process.env['NPM_CONFIG_USERCONFIG'] ?? join(homedir(), '.npmrc');
  return [
    ...optionalFile(user, '/root/.npmrc'),
    ...['/etc/npmrc', '/usr/etc/npmrc', '/usr/local/etc/npmrc'].flatMap((path) => optionalFile(path, '/etc/npmrc')).slice(0, 1),
  ];
}

/** Certificate authorities that this machine's owner added, and the bundle that holds them. */
function localAuthorities(): HostFile[] {
  const own = filesIn('/usr/local/share/ca-certificates');
  return own.length === 0 ? [] : [...own, ...optionalFile(CA_BUNDLE, CA_BUNDLE)];
}

function filesIn(folder: string): HostFile[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => optionalFile(join(folder, name), join(folder, name)));
}

function optionalFile(from: string, to: string): HostFile[] {
  if (!existsSync(from)) return [];
  const status = statSync(from);
  return status.isFile() ? [{ path: to, content: readFileSync(from), mode: status.mode & 0o777 }] : [];
}
