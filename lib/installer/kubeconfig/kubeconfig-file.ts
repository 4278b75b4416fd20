import { randomUUID } from 'node:crypto';
import { chmod, mkdir, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { retry } from '../../common/retry.ts';
import { kubeconfigErrors } from './kubeconfig-errors.ts';

/** Where kubectl looks: the first file of $KUBECONFIG, else ~/.kube/config. */
export function defaultKubeconfig(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const first = env['KUBECONFIG']?.split(delimiter).find((path) => path !== '');
  return first ?? join(env['HOME'] ?? homedir(), '.kube', 'config');
}

/** Beside a kubeconfig: what it was before our last change. */
export const backupOf = (path: string): string => `${path}.before-oo-install`;

/**
 * Changes a kubeconfig: locked as kubectl locks it (client-go's clientcmd: PATH.lock, made exclusively), replaced whole, readable for its
 * owner only, what it was before kept beside it. A symbolic link stays one. Answers whether anything changed; throws KUBECONFIG_LOCKED after
 * `patience` ms.
 */
export async function changeKubeconfig(
  path: string,
  change: (text: string) => string,
  options: { readonly patience?: number } = {},
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
  const owner = await stat(target).catch(() => undefined);
  if (before !== undefined) await replaceFile(backupOf(path), before, owner);
  await replaceFile(target, after, owner);
  return true;
}

async function lockFile(path: string, patience: number): Promise<AsyncDisposable> {
  const isTaken = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EEXIST';
  try {
    const make = async (): Promise<void> => (await open(path, 'wx', 0o600)).close();
    await retry(make, { backoff: { base: 20, cap: 250, jitter: 0.5 }, timeout: patience, isRetryable: isTaken });
  } catch (error) {
    throw isTaken(error) ? kubeconfigErrors.KUBECONFIG_LOCKED(path) : error;
  }
  return { [Symbol.asyncDispose]: () => rm(path, { force: true }) };
}

async function replaceFile(path: string, text: string, owner: { uid: number; gid: number } | undefined): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(text);
      // Under sudo, a person's file stays theirs.
      if (owner !== undefined && process.getuid?.() === 0) await file.chown(owner.uid, owner.gid);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
