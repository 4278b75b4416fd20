import { readFile } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import { parse } from 'yaml';
import { errorText } from '../../common/errors.ts';
import { kubecfgErrors } from './kubecfg-errors.ts';
import type { OldObject } from './old-client.ts';

/** The object that -c names: in a file, at an http(s) URL or, as `-`, on standard input; JSON or YAML. */
export async function readObject(source: string | undefined): Promise<OldObject> {
  if (source === undefined) throw kubecfgErrors.KUBECFG_USAGE('need an object: -c FILE, URL or -');
  try {
    // JSON is YAML.
    const value: unknown = parse(await textFrom(source));
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('it holds no object');
    return value;
  } catch (error) {
    throw kubecfgErrors.KUBECFG_CONFIG_UNREADABLE(source, errorText(error));
  }
}

async function textFrom(source: string): Promise<string> {
  if (source === '-') return textOf(process.stdin);
  if (!/^https?:\/\//.test(source)) return readFile(source, 'utf8');
  const response = await fetch(source, { signal: AbortSignal.timeout(30_000) });
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return response.text();
}
