import { lookup } from 'node:dns/promises';
import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { isIP } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { replaceFile } from '../pki/secure-files.ts';
import { type ReadKubeconfig, readKubeconfig } from '../pki/kubeconfig.ts';
import type { PlatformAccess } from './platform-access.ts';
import { git } from './git-command.ts';

/** Below .git: what git reads to reach the platform. */
const FOLDER = 'openshift';

/**
 * Tells the git of a working copy how to reach the platform, and nobody else, as whoever this is: the authority, and a client certificate in files
 * that only their owner reads, or a program that gives git the kubeconfig's token (`openshift app git-credential`). Again: changes nothing.
 *
 * @param lasting where the working copy will be, which the settings name
 */
export async function configureCredentials(
  folder: string,
  lasting: string,
  { kubeconfig, path }: PlatformAccess,
  signal: AbortSignal,
): Promise<void> {
  const { caPem, certPem, keyPem, context } = kubeconfig;
  const origin = gitServer(kubeconfig);
  const files = join(folder, '.git', FOLDER);
  await mkdir(files, { recursive: true, mode: 0o700 });
  const set = (...args: string[]): Promise<string> => git(['config', '--local', ...args], { folder, signal });
  const file = async (setting: string, name: string, content: string): Promise<void> => {
    await replaceFile(join(files, name), content);
    await set(`http.${origin}/.${setting}`, join(lasting, '.git', FOLDER, name));
  };
  await file('sslCAInfo', 'ca.crt', caPem);
  if (kubeconfig.tlsServerName !== undefined)
    await set('--replace-all', `http.${origin}/.curloptResolve`, await resolved(kubeconfig));
  if (certPem !== undefined && keyPem !== undefined) {
    await file('sslCert', 'client.crt', certPem);
    await file('sslKey', 'client.key', keyPem);
    return;
  }
  // Of somebody whom this was before.
  for (const setting of ['sslCert', 'sslKey']) {
    const unset = git(['config', '--local', '--unset-all', `http.${origin}/.${setting}`], { folder, signal });
    await unset.catch(() => undefined);
  }
  const helper = [...(await program()), 'app', 'git-credential', '--kubeconfig', path, '--context', context];
  // The empty one first: no other helper hears of the token, or keeps it.
  await set('--replace-all', `credential.${origin}.helper`, '');
  await set('--add', `credential.${origin}.helper`, `!${helper.map(quoted).join(' ')}`);
}

/** What git calls the server: by the name that its certificate is for, since it knows no other way to say that. */
export function gitServer({ server, tlsServerName }: Pick<ReadKubeconfig, 'server' | 'tlsServerName'>): string {
  const url = new URL(server);
  if (tlsServerName !== undefined) url.hostname = tlsServerName;
  return url.origin;
}

/** Where that name leads to, `NAME:PORT:ADDRESS` (git-config, `http.curloptResolve`). */
async function resolved({ server, tlsServerName }: ReadKubeconfig): Promise<string> {
  const { hostname, port } = new URL(server);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const { address } = await lookup(host);
  return `${tlsServerName}:${port === '' ? '443' : port}:${isIP(address) === 6 ? `[${address}]` : address}`;
}

/** Git gives a helper to a shell: one word, whatever is in it. */
export const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/**
 * How this program is called: by the name that outlasts an upgrade where there is one, or by the launcher of a checkout, which knows what its
 * Node needs.
 */
export async function program(script = process.argv[1] ?? '', searched = process.env['PATH'] ?? ''): Promise<string[]> {
  const folders = searched.split(delimiter).filter((folder) => folder.startsWith('/'));
  for (const path of [...folders, dirname(script)].map((folder) => join(folder, 'openshift'))) {
    const runs = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return [path];
  }
  return [process.execPath, ...process.execArgv, script];
}

/**
 * Who a working copy is: the context that it was made with, whichever is current now; the current one where that has gone, as after a login
 * by another name.
 */
export const credentialOf = (path: string, context: string | undefined): Promise<ReadKubeconfig> =>
  readKubeconfig(path, context).catch((error: unknown) => {
    if (context === undefined) throw error;
    return readKubeconfig(path);
  });

/**
 * What git is answered (gitcredentials, "Custom Helpers"): the token, where it asks about the kubeconfig's own server; nothing otherwise.
 *
 * @param question lines `key=value` of git's
 */
export function answerCredential(operation: string, question: string, kubeconfig: ReadKubeconfig): string {
  const { token } = kubeconfig;
  if (operation !== 'get' || token === undefined) return '';
  const asked = new Map(
    question.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const),
  );
  const url = `${asked.get('protocol')}://${asked.get('host')}`;
  if (!URL.canParse(url) || new URL(url).origin !== gitServer(kubeconfig)) return '';
  return `username=openshift\npassword=${token}\n`;
}
