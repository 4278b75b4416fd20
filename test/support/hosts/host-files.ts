import { spawn } from 'node:child_process';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runCommand } from '../run-command.ts';
import type { HostFile } from './machine-settings.ts';

/** Writes files into a container, running or not, as root's. Folders on the way are made. */
export async function copyFilesIn(container: string, files: readonly HostFile[]): Promise<void> {
  if (files.length === 0) return;
  const folder = await mkdtemp(join(tmpdir(), 'oo-test-files-'));
  try {
    for (const file of files) {
      await mkdir(dirname(join(folder, file.path)), { recursive: true });
      await writeFile(join(folder, file.path), file.content, { mode: file.mode });
    }
    await copyTree(container, '/', ['-C', folder, ...files.map((file) => file.path.slice(1))]);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Streams a tar of `tarArguments` into `target` of a container. Only the named files are entries: no folder changes its mode. */
export async function copyTree(
  container: string,
  target: string,
  tarArguments: readonly string[],
  stdin?: string,
): Promise<void> {
  const tar = spawn('tar', ['--owner=0', '--group=0', '-c', ...tarArguments], { stdio: ['pipe', 'pipe', 'inherit'] });
  // A tar that reads no list may be done before we have closed its input.
  tar.stdin.on('error', () => undefined);
  tar.stdin.end(stdin ?? '');
  await runCommand(['docker', 'cp', '-', `${container}:${target}`], { stdin: tar.stdout, timeout: 120_000 });
}
