import { join } from 'node:path';
import type { Variable } from '../build-engine.ts';
import { BuildError } from '../build-error.ts';
import { readText } from './source-files.ts';

const NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

/** `.s2i/environment`: lines of NAME=VALUE; empty ones and those that begin with # say nothing (source-to-image: api/scripts/environment.go). */
export function parseEnvironment(text: string, where: string): Variable[] {
  const variables: Variable[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const equals = trimmed.indexOf('=');
    const name = equals === -1 ? trimmed : trimmed.slice(0, equals).trim();
    if (equals === -1 || !NAME.test(name))
      throw new BuildError('FetchSourceFailed', `${where}, line ${index + 1}: ${JSON.stringify(trimmed)} is not NAME=VALUE`);
    variables.push({ name, value: trimmed.slice(equals + 1).trim() });
  }
  return variables;
}

/** What the source says of its environment. The folder of 2014 (`.sti`) counts where there is no other. */
export async function sourceEnvironment(folder: string): Promise<Variable[]> {
  for (const name of ['.s2i/environment', '.sti/environment']) {
    const text = await readText(join(folder, name));
    if (text !== undefined) return parseEnvironment(text, name);
  }
  return [];
}
