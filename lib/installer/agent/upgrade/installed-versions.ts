import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { removeTree } from '../journal/remove-tree.ts';
import { replaceLink } from '../path-state.ts';
import type { InstalledVersion } from './upgrade-record.ts';

const kinds = ['runtime', 'openshift'] as const;
const packageFile = z.object({ version: z.string().max(60) });

/** The version that the `current` links name; undefined when one of them is not there. */
export async function currentVersion(optDir: string): Promise<InstalledVersion | undefined> {
  const [runtime, openshift] = await Promise.all(
    kinds.map((kind) => readlink(join(optDir, kind, 'current')).then(basename, () => undefined)),
  );
  if (runtime === undefined || openshift === undefined) return undefined;
  return { runtime, openshift, version: await bundleVersion(optDir, openshift) };
}

/** What a bundle's package.json calls it, or nothing. */
async function bundleVersion(optDir: string, openshift: string): Promise<string> {
  const text = await readFile(join(optDir, 'openshift', openshift, 'package.json'), 'utf8').catch(() => '{}');
  return packageFile.safeParse(JSON.parse(text)).data?.version ?? '';
}

/** Makes a version that is in place the one that the next start of the daemon uses. */
export async function useVersion(optDir: string, version: InstalledVersion): Promise<void> {
  for (const kind of kinds) await replaceLink(join(optDir, kind, 'current'), join(optDir, kind, version[kind]));
}

/** Removes every runtime and bundle that none of these versions is made of. */
export async function keepVersions(optDir: string, versions: readonly InstalledVersion[]): Promise<void> {
  for (const kind of kinds) {
    const kept = new Set(versions.map((version) => version[kind]));
    for (const name of await readdir(join(optDir, kind))) {
      // What is being sent right now (`.part`) is another run's.
      if (/^[0-9a-f]{64}$/.test(name) && !kept.has(name)) await removeTree(join(optDir, kind, name));
    }
  }
}
