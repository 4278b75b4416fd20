import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { Build, EnvVar, GitRevision } from '../../api/build/build-types.ts';
import { argName, envName, INPUTS_DIR, MOUNTS, REVISION_FILE } from '../contract.ts';
import type { BuildEngine, Variable } from '../engine/build-engine.ts';
import { BuildError } from '../engine/build-error.ts';
import { contextFolder } from '../engine/source/source-files.ts';
import { unpack } from './git-clone.ts';
import { say } from './output.ts';
import { persistently } from './remote-engine.ts';

export interface BuildInputs {
  /** The folder that is built. */
  readonly context: string;
  /** Files of secrets, below the context. */
  readonly secretFiles: readonly string[];
  readonly revision: GitRevision | undefined;
}

/** Puts together what the build is made from: the fetched source, files out of images, secrets and config maps. */
export async function buildInputs(build: Build, engine: BuildEngine, signal: AbortSignal): Promise<BuildInputs> {
  const { source = {} } = build.spec;
  await mkdir(INPUTS_DIR, { recursive: true });
  const context = await contextFolder(INPUTS_DIR, source.contextDir);
  for (const [index, image] of (source.images ?? []).entries()) {
    const wish = { reference: image.from.name, forcePull: false, login: index };
    for (const { sourcePath, destinationDir } of image.paths ?? []) {
      say(`Copying ${sourcePath} of ${image.from.name} into ${destinationDir}`);
      const target = join(context, inside(destinationDir));
      await persistently(async () => unpack(await engine.extract(wish, sourcePath, say, signal), target), say, signal);
    }
  }
  const secretFiles: string[] = [];
  for (const { secret, destinationDir } of source.secrets ?? [])
    secretFiles.push(...(await copyFiles(MOUNTS.secret(secret.name), context, destinationDir)));
  for (const { configMap, destinationDir } of source.configMaps ?? [])
    await copyFiles(MOUNTS.configMap(configMap.name), context, destinationDir);
  const revision = existsSync(REVISION_FILE) ? (JSON.parse(await readFile(REVISION_FILE, 'utf8')) as GitRevision) : undefined;
  return { context, secretFiles, revision };
}

function inside(dir = ''): string {
  const clean = posix.normalize(dir === '' ? '.' : dir);
  if (clean.startsWith('/') || clean.split('/').includes('..'))
    throw new BuildError('GenericBuildFailed', `destinationDir ${JSON.stringify(dir)} is outside of the source`);
  return clean;
}

/** The files of a mounted volume, not the links that the kubelet keeps beside them. Resolves to their names below the context. */
async function copyFiles(from: string, context: string, destinationDir: string | undefined): Promise<string[]> {
  const dir = inside(destinationDir);
  await mkdir(join(context, dir), { recursive: true });
  const copied: string[] = [];
  for (const name of await readdir(from)) {
    if (name.startsWith('..') || !(await stat(join(from, name))).isFile()) continue;
    await copyFile(join(from, name), join(context, dir, name));
    copied.push(posix.join(dir, name));
  }
  return copied;
}

/** Values that were looked up for the pod are in its environment; an optional one may be absent. */
export function variablesOf(list: readonly EnvVar[] = [], of: 'env' | 'buildArgs' = 'env'): Variable[] {
  return list.flatMap(({ name, value, valueFrom }, index) => {
    const found = valueFrom === undefined ? (value ?? '') : process.env[of === 'env' ? envName(index) : argName(index)];
    return found === undefined ? [] : [{ name, value: found }];
  });
}

/** OpenShift's variables about the build in its image. */
export function buildVariables({ metadata, spec }: Build, revision: GitRevision | undefined): Variable[] {
  const git = spec.source?.git;
  const of = (name: string, value: string | undefined): Variable[] => (value ? [{ name: `OPENSHIFT_BUILD_${name}`, value }] : []);
  return [
    ...of('NAME', metadata.name),
    ...of('NAMESPACE', metadata.namespace),
    ...of('SOURCE', git?.uri),
    ...of('REFERENCE', git?.ref),
    ...of('COMMIT', revision?.commit),
  ];
}

/** OpenShift's labels about the build, and those that were asked for. */
export function buildLabels({ metadata, spec }: Build, revision: GitRevision | undefined): Record<string, string> {
  const line = (text: string): string => text.split('\n', 1)[0]!;
  const of = (name: string, value: string | undefined): Record<string, string> =>
    value ? { [`io.openshift.build.${name}`]: line(value) } : {};
  return {
    ...of('name', metadata.name),
    ...of('namespace', metadata.namespace),
    ...of('source-location', spec.source?.git?.uri),
    ...of('source-context-dir', spec.source?.contextDir),
    ...of('commit.id', revision?.commit),
    ...of('commit.ref', revision === undefined ? undefined : spec.source?.git?.ref),
    ...of('commit.author', revision === undefined ? undefined : `${revision.author?.name} <${revision.author?.email}>`),
    ...of('commit.message', revision?.message),
    ...Object.fromEntries((spec.output?.imageLabels ?? []).map(({ name, value }) => [name, value ?? ''])),
  };
}
