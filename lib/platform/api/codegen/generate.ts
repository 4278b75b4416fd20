import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { GroupTable } from '../schema/table-format.ts';
import { fetchGoSources, readGoPackage } from './debian-sources.ts';
import { buildGroupTable } from './group-table.ts';
import { sourceGroups } from './source-groups.ts';

/** One line a type: small to load, and a diff shows what changed. */
function tableText(table: GroupTable): string {
  const { aliases, types, ...head } = table;
  const lines = (entries: object): string =>
    Object.entries(entries)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, row]) => `${JSON.stringify(name)}:${JSON.stringify(row)}`)
      .join(',\n');
  return `${JSON.stringify(head).slice(0, -1)},\n"aliases":{\n${lines(aliases)}},\n"types":{\n${lines(types)}}}\n`;
}

/** The text of every generated file by its name, from unpacked sources (debian-sources.ts). */
export async function generateTables(goRoot: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const group of sourceGroups)
    files.set(`${group.id}.json`, tableText(buildGroupTable(group, await readGoPackage(goRoot, group))));
  return files;
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'oo-codegen-'));
  try {
    const target = join(import.meta.dirname, '..', 'generated');
    for (const [name, text] of await generateTables(await fetchGoSources(folder))) await writeFile(join(target, name), text);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
