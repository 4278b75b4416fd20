import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../common/assets.ts';
import type { TreeFile } from '../agent/place-tree.ts';
import { type Artifact, makeArtifact } from './artifact.ts';
import { exists, hashFile, hashOf } from './cache.ts';

/** The programs of the bundle and the sources that they are made of. One bundle: the chunks are shared. */
const allEntries: Readonly<Record<string, string>> = {
  openshift: 'bin/openshift.ts',
  worker: 'lib/platform/worker.ts',
  agent: 'lib/installer/agent/main.ts',
  supervisor: 'lib/installer/agent/supervisor/main.ts',
};
/** What the programs read at run time. */
const assetFolders = ['assets'];
/** Bump when the same inputs give another bundle. */
const bundlerVersion = 1;

/** Runs first in every program: see assets/artifacts/node-wrapper.sh. CommonJS dependencies need `require`. */
const banner = `import { createRequire as ooCreateRequire } from 'node:module';
const require = ooCreateRequire(import.meta.url);
if (process.env.OO_RUNTIME_LIB) { delete process.env.LD_LIBRARY_PATH; delete process.env.OO_RUNTIME_LIB; }`;

/**
 * The openshift bundle: the daemon and the agent as ECMAScript modules that need no node_modules, with the assets that they read. Built
 * by esbuild when a source has changed since the last time, else answered from the cache.
 */
export async function openshiftBundle(options: {
  readonly cacheDir: string;
  /** @default the checkout */
  readonly root?: string;
  /** Name and source of each program. @default all */
  readonly entries?: Readonly<Record<string, string>>;
}): Promise<Artifact> {
  const root = options.root ?? packageRoot();
  const entries = options.entries ?? allEntries;
  const target = join(options.cacheDir, 'bundles', await inputsHash(root, entries));
  if (!(await exists(target))) {
    const scratch = `${target}.${randomUUID().slice(0, 8)}`;
    try {
      await build(root, entries, scratch);
      await rename(scratch, target).catch(async (error: unknown) => {
        // Somebody else was faster: theirs is the same.
        if (!(await exists(target))) throw error;
      });
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
    await forgetOthers(dirname(target), target);
  }
  const files = await listFiles(target);
  return makeArtifact('openshift', await Promise.all(files.map((path) => treeFileOf(target, path))));
}

async function build(root: string, entries: Readonly<Record<string, string>>, outdir: string): Promise<void> {
  const { build: esbuild } = await import('esbuild');
  await esbuild({
    absWorkingDir: root,
    entryPoints: { ...entries },
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node26',
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[name]-[hash]',
    banner: { js: banner },
    // A dynamic import() of a CommonJS package would give its default alone, unlike Node's own.
    mainFields: ['module', 'main'],
    external: ['*.node'],
    // Only Docker's client asks for it, for daemons behind SSH.
    alias: { ssh2: fileURLToPath(new URL('./ssh2-absent.ts', import.meta.url)) },
    // CommonJS dependencies look for files beside themselves.
    define: { __dirname: 'import.meta.dirname', __filename: 'import.meta.filename' },
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: true,
    legalComments: 'linked',
    logLevel: 'silent',
  });
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  await writeFile(join(outdir, 'package.json'), `${JSON.stringify({ name: 'openshift', version, type: 'module' })}\n`);
  for (const folder of assetFolders) {
    for (const path of await listFiles(join(root, folder)).catch(() => [])) {
      const to = join(outdir, folder, path);
      await mkdir(dirname(to), { recursive: true });
      await writeFile(to, await readFile(join(root, folder, path)));
    }
  }
}

/** Hash of everything that the bundle is made of: sources, assets, the version, and the lock file for what comes from npm. */
async function inputsHash(root: string, entries: Readonly<Record<string, string>>): Promise<string> {
  const paths = ['package-lock.json', 'package.json'];
  for (const folder of ['bin', 'lib', ...assetFolders]) {
    for (const path of await listFiles(join(root, folder)).catch(() => [])) paths.push(join(folder, path));
  }
  const lines = await Promise.all(paths.sort().map(async (path) => `${path} ${hashOf(await readFile(join(root, path)))}`));
  return hashOf(`${bundlerVersion}\n${JSON.stringify(entries)}\n${lines.join('\n')}`).slice(0, 32);
}

async function listFiles(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

async function treeFileOf(folder: string, path: string): Promise<TreeFile> {
  const source = join(folder, path);
  return { path, source, mode: 0o644, sha256: await hashFile(source), size: (await stat(source)).size };
}

/** Keeps the three newest bundles: a developer builds one after every change. */
async function forgetOthers(folder: string, keep: string): Promise<void> {
  const all = await Promise.all(
    (await readdir(folder)).map(async (name) => {
      const path = join(folder, name);
      return { path, time: (await stat(path).catch(() => undefined))?.mtimeMs ?? 0 };
    }),
  );
  const old = all.filter(({ path }) => path !== keep).sort((a, b) => b.time - a.time);
  for (const { path } of old.slice(2)) await rm(path, { recursive: true, force: true });
}
