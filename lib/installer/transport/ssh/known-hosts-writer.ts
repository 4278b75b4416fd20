import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { HostKey } from './host-key.ts';
import { findKnownHosts, standingOf } from './known-hosts.ts';
import { hashedName } from './known-hosts-line.ts';

/** A lock that is older was left behind by a process that ended. */
const staleAfter = 10_000;
const waitAtMost = 3_000;

/**
 * Adds a key of a host to a known_hosts file, unless it stands there already. One write to the end of the file: what ssh or another run adds
 * at the same time is kept. A new file is readable for its owner alone, and so is a new folder.
 */
export async function addKnownHost(file: string, name: string, key: HostKey, options: { hash: boolean }): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await using _lock = await fileLock(`${file}.oo-install`);
  if (standingOf(key, await findKnownHosts(name, [file])).state === 'known') return;
  const host = options.hash ? hashedName(name, randomBytes(20)) : name;
  const line = `${host} ${key.type} ${key.blob.toString('base64')}\n`;
  await using handle = await open(file, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT, 0o600);
  await handle.appendFile((await endsInsideLine(handle)) ? `\n${line}` : line);
  await handle.sync();
}

async function endsInsideLine(handle: FileHandle): Promise<boolean> {
  const { size } = await handle.stat();
  if (size === 0) return false;
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] !== 0x0a;
}

/**
 * Held while a file is looked at and added to, so that two runs do not add the same line. Waited for in vain, the work is done without it: the
 * worst is a line that stands there twice.
 */
async function fileLock(path: string): Promise<AsyncDisposable> {
  for (const began = Date.now(); Date.now() - began < waitAtMost;) {
    try {
      await (await open(path, 'wx', 0o600)).close();
      return { [Symbol.asyncDispose]: () => rm(path, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') break;
      const age = await stat(path).then(
        ({ mtimeMs }) => Date.now() - mtimeMs,
        () => 0,
      );
      if (age > staleAfter) await rm(path, { force: true });
      await delay(5 + Math.random() * 20);
    }
  }
  return { [Symbol.asyncDispose]: async () => undefined };
}
