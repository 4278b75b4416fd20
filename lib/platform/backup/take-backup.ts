import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dataPaths } from '../config/data-paths.ts';
import type { PlatformConfig } from '../config/platform-config.ts';
import type { Backend } from '../storage/backend.ts';
import { askPlatform } from './ask-platform.ts';
import { writeBackupFile } from './backup-file.ts';
import { backupLines, type End, type Head, LineWriter } from './backup-lines.ts';
import { readLines } from './read-lines.ts';

export interface BackupOptions {
  readonly config: PlatformConfig;
  readonly file: string;
  /** Whether the data folder's `pki` and the file of secrets' keys go along. */
  readonly withKeys: boolean;
  /** Opens the store where no platform runs that could be asked. */
  readonly openStore: () => Promise<Backend>;
  readonly platform: string;
}

/** What was backed up. */
export type BackupReport = Head & End['end'] & { readonly bytes: number };

/**
 * Takes a backup of the platform of this configuration: from its API while it runs, else from the store itself. Throws OoError; there is no file
 * then.
 */
export async function takeBackup(options: BackupOptions): Promise<BackupReport> {
  const running = await askPlatform(options.config, 'GET', '/store/backup');
  let report: { head: Head; end: End['end'] } | undefined;
  const told = (head: Head, end: End['end']): void => void (report = { head, end });
  if (running !== undefined) {
    const bytes = await writeBackupFile(options.file, lines(options, running, told));
    return { ...report!.head, ...report!.end, bytes };
  }
  const backend = await options.openStore();
  try {
    const taken = new Date().toISOString();
    const bytes = await writeBackupFile(
      options.file,
      lines(options, backupLines(backend, { platform: options.platform, taken }), told),
    );
    return { ...report!.head, ...report!.end, bytes };
  } finally {
    await backend.close();
  }
}

/** The store's lines, once they have been found whole, and the files behind them. */
async function* lines(
  { config, withKeys }: BackupOptions,
  store: AsyncIterable<Uint8Array>,
  told: (head: Head, end: End['end']) => void,
): AsyncGenerator<Buffer> {
  const writer = new LineWriter();
  let head: Head | undefined;
  for await (const entry of readLines('what the platform sent', store)) {
    if (entry.kind === 'head') yield writer.head((head = entry.head));
    else if (entry.kind === 'key') yield writer.key(entry.key, entry.value);
  }
  if (withKeys) for await (const { name, content } of keyFiles(config)) yield writer.file(name, content);
  const end = writer.end();
  told(head!, (JSON.parse(end.toString('utf8')) as End).end);
  yield end;
}

/** The name under which the file that `secretsKeyFile` names is in a backup: it may lie anywhere. */
export const SECRETS_KEYS = 'secretsKeyFile';

async function* keyFiles({ dataDir, secretsKeyFile }: PlatformConfig): AsyncGenerator<{ name: string; content: Buffer }> {
  const { pki } = dataPaths(dataDir);
  const names = await readdir(pki, { recursive: true, encoding: 'utf8' });
  for (const name of names.sort()) {
    // What a write in progress has not named yet.
    if (name.endsWith('.tmp') || !(await lstat(join(pki, name))).isFile()) continue;
    yield { name: join('pki', name), content: await readFile(join(pki, name)) };
  }
  if (secretsKeyFile !== undefined) yield { name: SECRETS_KEYS, content: await readFile(secretsKeyFile) };
}
