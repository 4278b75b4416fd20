import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** The files of a folder, the one that was written last first. Those that are still being written (`.tmp`) are left out. */
export async function newestFirst(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => !name.endsWith('.tmp'));
  const aged = await Promise.all(
    names.map(async (name) => ({ name, time: (await stat(join(folder, name)).catch(() => undefined))?.mtimeMs ?? 0 })),
  );
  return aged.sort((a, b) => b.time - a.time).map(({ name }) => name);
}

/** Removes all files of a folder but the `count` newest, each with what is noted of it in a file of its name and `.json`. */
export async function keepNewest(folder: string, count: number): Promise<void> {
  const files = (await newestFirst(folder)).filter((name) => !name.endsWith('.json'));
  for (const name of files.slice(count)) {
    await rm(join(folder, name), { force: true });
    await rm(join(folder, `${name}.json`), { force: true });
  }
}
