import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../common/assets.ts';
import type { TreeFile } from '../agent/place-tree.ts';
import { type Artifact, makeArtifact } from './artifact.ts';
import { exists, hashFile, hashOf } from './cache.ts';

/** A set of programs, each with the source that it is made of. Their chunks are shared. */
interface Programs {
  readonly kind: 'openshift' | 'installer';
  /** Of the cache. */
  readonly folder: string;
  readonly entries: Readonly<Record<string, string>>;
  readonly alias: Readonly<Record<string, string>>;
}
const serverPrograms: Programs = {
  kind: 'openshift',
  folder: 'bundles',
  entries: {
    openshift: 'bin/openshift.ts',
    worker: 'lib/platform/worker.ts',
    agent: 'lib/installer/agent/main.ts',
    builder: 'lib/platform/builds/builder/main.ts',
    deployer: 'lib/platform/deployer/main.ts',
    supervisor: 'lib/installer/agent/supervisor/main.ts',
  },
  // Only Docker's client asks for it, for daemons behind SSH.
  alias: { ssh2: fileURLToPath(new URL('./ssh2-absent.ts', import.meta.url)) },
};
const installerPrograms: Programs = {
  kind: 'installer',
  folder: 'installers',
  entries: { 'oo-install': 'bin/oo-install.ts' },
  alias: {},
};
/** What the programs read at run time. */
const assetFolders = ['assets'];
/** Bump when the same inputs give another bundle. */
const bundlerVersion = 2;

/** Runs first in every program: see assets/artifacts/node-wrapper.sh. CommonJS dependencies need `require`. */
const banner = `import { createRequire as ooCreateRequire } from 'node:module';
const require = ooCreateRequire(import.meta.url);
if (process.env.OO_RUNTIME_LIB) { delete process.env.LD_LIBRARY_PATH; delete process.env.OO_RUNTIME_LIB; }`;

/**
 * The openshift bundle: the daemon and the agent as ECMAScript modules that need no node_modules, with the assets that they read. Built
 * by esbuild when a source has changed since the last time, else answered from the cache.
 */
export function openshiftBundle(options: BundleOptions): Promise<Artifact> {
  return bundle(serverPrograms, options);
}

/** oo-install itself in the same form: it runs on the runtime alone, and installs what it is given with --bundle. */
export function installerBundle(options: BundleOptions): Promise<Artifact> {
  return bundle(installerPrograms, options);
}

interface BundleOptions {
  readonly cacheDir: string;
  /** @default the checkout */
  readonly root?: string;
}

async function bundle(programs: Programs, options: BundleOptions): Promise<Artifact> {
  const root = options.root ?? packageRoot();
  const target = join(options.cacheDir, programs.folder, await inputsHash(root, programs));
  if (!(await exists(target))) {
    const scratch = `${target}.${randomUUID().slice(0, 8)}`;
    try {
      await build(root, programs, scratch);
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
  return makeArtifact(programs.kind, await Promise.all(files.map((path) => treeFileOf(target, path))));
}

async function build(root: string, { kind, entries, alias }: Programs, outdir: string): Promise<void> {
  const { build: esbuild } = await import('esbuild');
  const { version, peerDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    readonly version: string;
    readonly peerDependencies: Readonly<Record<string, string>>;
  };
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
    // esbuild makes bundles out of a checkout, and there is none where a bundle runs; nor are there labs on AWS, whose packages a checkout may lack.
    external: ['*.node', 'esbuild', ...Object.keys(peerDependencies)],
    alias: { ...alias },
    // CommonJS dependencies look for files beside themselves.
    define: { __dirname: 'import.meta.dirname', __filename: 'import.meta.filename' },
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: true,
    legalComments: 'linked',
    logLevel: 'silent',
  });
  await writeFile(
    join(outdir, 'package.json'),
    `${JSON.stringify({ name: kind === 'openshift' ? kind : 'oo-install', version, type: 'module' })}\n`,
  );
  for (const folder of assetFolders) {
    for (const path of await listFiles(join(root, folder)).catch(() => [])) {
      const to = join(outdir, folder, path);
      await mkdir(dirname(to), { recursive: true });
      await writeFile(to, await readFile(join(root, folder, path)));
    }
  }
}

/** Hash of everything that the bundle is made of: sources, assets, the version, and the lock file for what comes from npm. */
async function inputsHash(root: string, { entries }: Programs): Promise<string> {
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
