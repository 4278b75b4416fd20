import { execFile } from 'node:child_process';
import { mkdir, readFile, realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** mount(8) where services find it, whatever their PATH. */
const ENV = { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/bin:/sbin:/bin`, LC_ALL: 'C' };

async function mount(args: readonly string[]): Promise<void> {
  try {
    await run('mount', [...args], { env: ENV });
  } catch (cause) {
    const { stderr } = cause as { stderr?: string };
    throw new Error(`mount failed: ${stderr?.trim() || (cause as Error).message}`, { cause });
  }
}

/** Mount points in mountinfo are escaped in octal (proc(5)). */
const unescapeMountPoint = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** Mount points at or below a folder, the deepest first. */
export async function mountsBelow(dir: string): Promise<string[]> {
  const root = await realpath(dir).catch(() => dir);
  const points = (await readFile('/proc/self/mountinfo', 'utf8'))
    .split('\n')
    .map((line) => line.split(' ')[4])
    .filter((point) => point !== undefined)
    .map(unescapeMountPoint)
    .filter((point) => point === root || point.startsWith(root + sep));
  return points.sort((a, b) => b.length - a.length);
}

/** Whether something is mounted at the path itself. */
export async function isMountPoint(path: string): Promise<boolean> {
  return (await mountsBelow(path)).includes(await realpath(path).catch(() => path));
}

/** A tmpfs at `path`, unless one is there. `size` in bytes; undefined: half of the memory, the kernel's default. */
export async function ensureTmpfs(path: string, options: { mode: string; size?: number }): Promise<void> {
  await mkdir(path, { recursive: true });
  if (await isMountPoint(path)) return;
  const size = options.size === undefined ? '' : `,size=${options.size}`;
  await mount(['-t', 'tmpfs', '-o', `rw,nosuid,nodev,noexec,relatime,mode=${options.mode}${size}`, 'tmpfs', path]);
}

/** For memory-backed volumes of pods: programs may be run from them. */
export async function ensureMemoryVolume(path: string, size: number | undefined): Promise<void> {
  await mkdir(path, { recursive: true });
  if (await isMountPoint(path)) return;
  await mount(['-t', 'tmpfs', '-o', `rw,relatime,mode=0777${size === undefined ? '' : `,size=${size}`}`, 'tmpfs', path]);
}

/** Binds what an open file descriptor of ours stands for; its path is never looked up again. */
export async function bindDescriptor(fd: number, target: string): Promise<void> {
  await mount(['--no-canonicalize', '--bind', `/proc/${process.pid}/fd/${fd}`, target]);
}

/** Unmounts; nothing there is fine, and what is busy goes when its last user does. */
export async function unmount(path: string): Promise<void> {
  try {
    await run('umount', ['--no-canonicalize', path], { env: ENV });
  } catch (cause) {
    const { stderr = '' } = cause as { stderr?: string };
    if (/not mounted|no mount point|not found/i.test(stderr)) return;
    // Busy: detached now, gone when the last user closes it.
    await run('umount', ['--no-canonicalize', '--lazy', path], { env: ENV });
  }
}

/** Unmounts everything at or below a folder. */
export async function unmountAll(dir: string): Promise<void> {
  for (const point of await mountsBelow(dir)) await unmount(point);
}
