import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { findClusterFile } from './working-folder.ts';
import { globFiles } from './file-glob.ts';
import { parseConfigLine } from './ssh-config-line.ts';

/** Names that a shell may be given: no pattern of ssh's configuration, and nothing that a shell would read. */
const plainName = /^[A-Za-z0-9_][A-Za-z0-9_.@:-]*$/;
/** Included files that include others are followed this far. */
const deepest = 4;

/** Names of servers that can be offered to a person who types one: from ssh's configuration, and from the cluster.yaml of the working folder. */
export async function knownHostNames(home: string): Promise<readonly string[]> {
  const [ssh, cluster] = await Promise.all([sshNames(join(home, '.ssh', 'config'), join(home, '.ssh'), 0), clusterNames()]);
  return [...new Set(['localhost', ...cluster, ...ssh])].filter((name) => plainName.test(name));
}

/** What cannot be read has no names: whoever completes wants no errors. */
async function sshNames(file: string, folder: string, depth: number): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const names: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const parsed = parsedLine(line, { file, line: index + 1 });
    if (parsed?.keyword === 'host') names.push(...parsed.args);
    if (parsed?.keyword !== 'include' || depth >= deepest) continue;
    for (const pattern of parsed.args) {
      const path = pattern.startsWith('~/') ? join(dirname(folder), pattern.slice(2)) : resolve(folder, pattern);
      for (const included of await globFiles(path)) names.push(...(await sshNames(included, folder, depth + 1)));
    }
  }
  return names;
}

function parsedLine(...args: Parameters<typeof parseConfigLine>): ReturnType<typeof parseConfigLine> {
  try {
    return parseConfigLine(...args);
  } catch {
    return undefined;
  }
}

async function clusterNames(): Promise<string[]> {
  try {
    const file = await findClusterFile();
    if (file === undefined) return [];
    const { readClusterFile } = await import('./cluster-file.ts');
    return (await readClusterFile(file)).hosts.map(({ name }) => name);
  } catch {
    return [];
  }
}
