import { copyFile, chmod, mkdir, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** What a source's secret may hold, as files of one folder (OpenShift: source clone secrets). */
export interface GitAccess {
  /** Holds any of username, password, token, ssh-privatekey, known_hosts, ca.crt, .gitconfig. */
  readonly secretFolder?: string;
  /** Authorities that are trusted where the folder has no ca.crt. @default those of the machine */
  readonly trustedCaFile?: string;
  readonly httpProxy?: string;
  readonly httpsProxy?: string;
  readonly noProxy?: string;
}

/**
 * Answers git's questions for a name and a password out of files, and only those about the host of the source: a redirect or a
 * repository cannot send the password elsewhere.
 */
const ASKPASS = `#!/bin/sh
case "$1" in
  *"://$OO_GIT_HOST'"* | *"@$OO_GIT_HOST'"* | *"://$OO_GIT_HOST/'"*) ;;
  *) exit 1 ;;
esac
case "$1" in
  Username*) if [ -f "$OO_GIT_SECRET/username" ]; then cat "$OO_GIT_SECRET/username"; else echo git; fi ;;
  Password*) if [ -f "$OO_GIT_SECRET/password" ]; then cat "$OO_GIT_SECRET/password"; else cat "$OO_GIT_SECRET/token"; fi ;;
esac
`;

/** Only these, for what git follows by itself too. `file` where the operator's own folder is cloned. */
const PROTOCOLS = ['https', 'http', 'git', 'ssh'];

/** Settings that a repository or somebody's configuration could turn into a program that runs, or into another server that is asked. */
const SETTINGS: Readonly<Record<string, string>> = {
  'core.hooksPath': '/dev/null',
  'core.fsmonitor': 'false',
  'core.askPass': '',
  'credential.helper': '',
  'submodule.recurse': 'false',
  'fetch.recurseSubmodules': 'false',
  'log.showSignature': 'false',
  'gc.auto': '0',
  'maintenance.auto': 'false',
  'advice.detachedHead': 'false',
  // A server that says nothing for a minute is gone.
  'http.lowSpeedLimit': '1',
  'http.lowSpeedTime': '60',
};

/**
 * The whole environment of git, from nothing: nothing of this process, the machine's or a user's configuration reaches it, and secrets are in
 * files that it names, never in an argument or a variable.
 *
 * @param home a private folder, which is git's only home
 * @param local a folder of this machine is the source
 */
export async function gitEnvironment(
  home: string,
  host: string,
  access: GitAccess,
  local = false,
): Promise<Record<string, string>> {
  const secret = access.secretFolder ?? home;
  const has = (name: string): boolean => access.secretFolder !== undefined && existsSync(join(secret, name));
  const settings: [string, string][] = Object.entries(SETTINGS);
  if (has('ca.crt')) settings.push(['http.sslCAInfo', join(secret, 'ca.crt')]);
  else if (access.trustedCaFile !== undefined) settings.push(['http.sslCAInfo', access.trustedCaFile]);
  if (has('.gitconfig')) settings.unshift(['include.path', join(secret, '.gitconfig')]);
  await mkdir(home, { recursive: true, mode: 0o700 });
  await writeFile(join(home, 'askpass'), ASKPASS, { mode: 0o700 });
  return {
    PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: home,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: has('password') || has('token') ? join(home, 'askpass') : '/bin/false',
    SSH_ASKPASS: '/bin/false',
    GIT_ALLOW_PROTOCOL: [...PROTOCOLS, ...(local ? ['file'] : [])].join(':'),
    GIT_PROTOCOL_FROM_USER: '0',
    GIT_LFS_SKIP_SMUDGE: '1',
    GIT_SSH_COMMAND: await sshCommand(home, secret, has),
    OO_GIT_HOST: host,
    OO_GIT_SECRET: secret,
    GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(
      settings.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, key],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
    ...proxies(access),
  };
}

/** A constant but for paths of our own making. Without `known_hosts` in the secret the first key that a server shows is taken. */
async function sshCommand(home: string, secret: string, has: (name: string) => boolean): Promise<string> {
  const options = ['-F /dev/null', '-o BatchMode=yes', '-o ConnectTimeout=30', '-o IdentitiesOnly=yes', '-o ForwardAgent=no'];
  if (has('known_hosts')) await copyFile(join(secret, 'known_hosts'), join(home, 'known_hosts'));
  options.push(`-o UserKnownHostsFile=${home}/known_hosts`);
  options.push(`-o StrictHostKeyChecking=${has('known_hosts') ? 'yes' : 'accept-new'}`);
  if (has('ssh-privatekey')) {
    // ssh takes no key that others may read, and a mounted secret is such a file.
    await copyFile(join(secret, 'ssh-privatekey'), join(home, 'key'));
    await chmod(join(home, 'key'), 0o600);
    options.push(`-i ${home}/key`);
  }
  return `ssh ${options.join(' ')}`;
}

function proxies({ httpProxy, httpsProxy, noProxy }: GitAccess): Record<string, string> {
  return {
    ...(httpProxy === undefined ? {} : { http_proxy: httpProxy, HTTP_PROXY: httpProxy }),
    ...(httpsProxy === undefined ? {} : { https_proxy: httpsProxy, HTTPS_PROXY: httpsProxy }),
    ...(noProxy === undefined ? {} : { no_proxy: noProxy, NO_PROXY: noProxy }),
  };
}
