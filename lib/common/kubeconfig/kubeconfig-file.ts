import { chmod, mkdir, open, readFile, realpath, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { retry } from '../retry.ts';
import { replaceFile } from '../whole-file.ts';
import { kubeconfigFileErrors } from './kubeconfig-errors.ts';

/** Where kubectl looks: the first file of $KUBECONFIG, else ~/.kube/config. */
export function defaultKubeconfig(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const first = env['KUBECONFIG']?.split(delimiter).find((path) => path !== '');
  return first ?? join(env['HOME'] ?? homedir(), '.kube', 'config');
}

/** Beside a kubeconfig: what it was before our last change. */
export const backupOf = (path: string): string => `${path}.before-oo-install`;

/**
 * Changes a kubeconfig: locked as kubectl locks it (client-go's clientcmd: PATH.lock, made exclusively), replaced whole, readable for its
 * owner only, what it was before kept beside it unless `backup` is false. A symbolic link stays one. Answers whether anything changed; throws KUBECONFIG_LOCKED after
 * `patience` ms.
 */
export async function changeKubeconfig(
  path: string,
  change: (text: string) => string,
  options: { readonly patience?: number; readonly backup?: boolean } = {},
): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await using _lock = await lockFile(`${path}.lock`, options.patience ?? 10_000);
  const target = await realpath(path).catch(() => path);
  const before = await readFile(target, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  const after = change(before ?? '');
  if (after === (before ?? '')) {
    if (before !== undefined) await chmod(target, 0o600);
    return false;
  }
  // Under sudo, a person's file stays theirs.
  const owner = process.getuid?.() === 0 ? await stat(target).catch(() => undefined) : undefined;
  if (before !== undefined && options.backup !== false) await replaceFile(backupOf(path), before, { mode: 0o600, owner });
  await replaceFile(target, after, { mode: 0o600, owner });
  return true;
}

async function lockFile(path: string, patience: number): Promise<AsyncDisposable> {
  const isTaken = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EEXIST';
  try {
    const make = async (): Promise<void> => (await open(path, 'wx', 0o600)).close();
    await retry(make, { backoff: { base: 20, cap: 250, jitter: 0.5 }, timeout: patience, isRetryable: isTaken });
  } catch (error) {
    throw isTaken(error) ? kubeconfigFileErrors.KUBECONFIG_LOCKED(path) : error;
  }
  return { [Symbol.asyncDispose]: () => rm(path, { force: true }) };
}
