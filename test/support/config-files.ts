import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A folder with files, gone when the test is. */
export interface ConfigFiles extends AsyncDisposable {
  readonly folder: string;
  path(name: string): string;
  write(name: string, text: string, mode?: number): Promise<string>;
}

/** Makes a temporary folder with these files, names relative to it. */
export async function configFiles(files: Readonly<Record<string, string>> = {}): Promise<ConfigFiles> {
  const folder = await mkdtemp(join(tmpdir(), 'oo-config-'));
  const path = (name: string) => join(folder, name);
  const write = async (name: string, text: string, mode = 0o600) => {
    await mkdir(dirname(path(name)), { recursive: true, mode: 0o700 });
    await writeFile(path(name), text, { mode });
    return path(name);
  };
  for (const [name, text] of Object.entries(files)) await write(name, text);
  return { folder, path, write, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
