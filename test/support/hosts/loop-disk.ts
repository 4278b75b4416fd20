import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../run-command.ts';

/** An empty disk of this machine, for a host that is to have one of its own. What is on it is in a sparse file, and goes with it. */
export interface LoopDisk extends AsyncDisposable {
  /** `/dev/loop3` */
  readonly device: string;
}

export async function makeLoopDisk(bytes: number): Promise<LoopDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'oo-test-disk-'));
  const file = join(folder, 'disk');
  try {
    await writeFile(file, '');
    await truncate(file, bytes);
    const device = (await runCommand(['losetup', '--find', '--show', file])).stdout.trim();
    return {
      device,
      async [Symbol.asyncDispose]() {
        await runCommand(['losetup', '--detach', device], { anyCode: true });
        await rm(folder, { recursive: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true });
    throw error;
  }
}
