import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MOUNTS, PROXY_VARIABLES } from '../contract.ts';
import type { BuildSurroundings, Variable } from '../engine/build-engine.ts';

/** The authorities that all builds trust; not there: those of the image. */
export const TRUSTED_CA_FILE = join(MOUNTS.trustedCa, 'ca-bundle.crt');

function proxies(): Variable[] {
  const names = PROXY_VARIABLES.flatMap((name) => [name, name.toLowerCase()]);
  return names.flatMap((name) => (process.env[name] === undefined ? [] : [{ name, value: process.env[name] }]));
}

/** What holds while an image is assembled in this cluster. */
export async function surroundings(): Promise<BuildSurroundings> {
  const trustedCa = existsSync(TRUSTED_CA_FILE) ? await readFile(TRUSTED_CA_FILE, 'utf8') : undefined;
  return { environment: proxies(), ...(trustedCa === undefined ? {} : { trustedCa }) };
}

/** Docker takes proxies as arguments that no Dockerfile has to declare, and leaves them out of the image's history. */
export const withProxies = (args: readonly Variable[]): Variable[] => [
  ...proxies().filter(({ name }) => !args.some((each) => each.name === name)),
  ...args,
];
