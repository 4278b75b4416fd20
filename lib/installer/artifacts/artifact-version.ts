import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Artifact } from './artifact.ts';

const packageFile = z.object({ version: z.string().max(60) });

/** The version that an openshift artifact carries in its package.json. */
export async function artifactVersion(openshift: Artifact): Promise<string> {
  const file = openshift.files.find(({ path }) => path === 'package.json');
  if (file === undefined) return '';
  return packageFile.parse(JSON.parse(await readFile(file.source, 'utf8'))).version;
}

/** For people: `0.1.0 (3f6c01b2a9d4)`. Two bundles of one version differ in the hash. */
export function versionText(version: string, sha256: string): string {
  return `${version === '' ? 'unknown' : version} (${sha256.slice(0, 12)})`;
}

/**
 * Whether `a` comes before `b` by the rules of Semantic Versioning 2.0.0, section 11. Versions that are none compare as equal: nothing can
 * be said about their order.
 */
export function isOlder(a: string, b: string): boolean {
  const [left, right] = [parse(a), parse(b)];
  if (left === undefined || right === undefined) return false;
  for (let n = 0; n < 3; n++) if (left.core[n] !== right.core[n]) return left.core[n]! < right.core[n]!;
  if (left.pre.length === 0 || right.pre.length === 0) return left.pre.length > 0 && right.pre.length === 0;
  for (let n = 0; n < Math.max(left.pre.length, right.pre.length); n++) {
    const [x, y] = [left.pre[n], right.pre[n]];
    if (x === y) continue;
    if (x === undefined || y === undefined) return x === undefined;
    const [xNumber, yNumber] = [/^\d+$/.test(x), /^\d+$/.test(y)];
    if (xNumber && yNumber) return Number(x) < Number(y);
    return xNumber === yNumber ? x < y : xNumber;
  }
  return false;
}

function parse(version: string): { core: number[]; pre: string[] } | undefined {
  const match = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/.exec(version);
  if (match === null) return undefined;
  return { core: match.slice(1, 4).map(Number), pre: match[4]?.split('.') ?? [] };
}
