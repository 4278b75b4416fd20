import { readFile, writeFile } from 'node:fs/promises';

const LIMIT = '/proc/sys/fs/inotify/max_user_instances';
const WANTED = 1024;

/** The kernel's limit on inotify instances of one user stops systemd in about the twenty-second host: raised while many are needed. */
export async function roomForManyHosts(): Promise<AsyncDisposable> {
  const before = Number(await readFile(LIMIT, 'utf8'));
  if (before < WANTED) await writeFile(LIMIT, String(WANTED));
  return {
    async [Symbol.asyncDispose]() {
      if (before < WANTED) await writeFile(LIMIT, String(before));
    },
  };
}
