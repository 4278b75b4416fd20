import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { GitRevision } from '../../api/build/build-types.ts';
import type { AssembleRequest, BuildEngine, LineSink, Variable } from '../engine/build-engine.ts';
import { BuildError } from '../engine/build-error.ts';
import { sourceEnvironment } from '../engine/source/environment-file.ts';
import { cloneSource, withoutPassword } from '../engine/source/git-clone.ts';
import { findScripts, type FoundScripts } from '../engine/source/scripts.ts';
import { contextFolder } from '../engine/source/source-files.ts';
import { sourceUpload } from '../engine/source/source-upload.ts';

export interface StiRequest {
  /** A folder of this machine or the URL of a git repository. */
  readonly source: string;
  readonly builder: string;
  readonly ref?: string;
  readonly contextDir?: string;
  readonly scriptsUrl?: string;
  readonly environment: readonly Variable[];
  readonly labels: Readonly<Record<string, string>>;
  /** The name that the last build's image had, where artifacts are to be taken from it. */
  readonly incrementalFrom?: string;
  readonly assembleUser?: string;
  readonly forcePull: boolean;
}

interface StiSurroundings {
  readonly engine: BuildEngine;
  /** A private folder for a clone. */
  readonly scratch: string;
  readonly log: LineSink;
  /** What is of interest to whoever looks for a mistake. */
  readonly detail: LineSink;
  readonly signal: AbortSignal;
}

/** `sti build`: brings source, scripts and builder image together. Resolves to the new image's id. Rejects with a BuildError. */
export async function stiBuild(request: StiRequest, around: StiSurroundings): Promise<string> {
  const { engine, log, detail, signal } = around;
  const { folder, revision } = await fetchSource(request, around);
  const context = await contextFolder(folder, request.contextDir);
  const wish = { reference: request.builder, forcePull: request.forcePull };
  const builder = await engine.builder(wish, log, signal);
  const explicitUrl = request.scriptsUrl;
  const local = { folder: context, imageUrl: builder.scriptsUrl, explicitUrl, local: true };
  const scripts = await findScripts(local, detail, signal);
  const assembled = assembleRequest(request, scripts, [...(await sourceEnvironment(context)), ...request.environment], revision);
  const upload = await sourceUpload(context, scripts.external);
  const { id } = await engine.assemble(assembled, upload, log, signal);
  return id;
}

async function fetchSource(
  { source, ref }: StiRequest,
  { scratch, log, signal }: StiSurroundings,
): Promise<{ folder: string; revision: GitRevision | undefined }> {
  const local = source.replace(/^file:\/\//, '');
  const isFolder = await stat(local).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  if (isFolder && ref === undefined) return { folder: resolve(local), revision: undefined };
  if (!isFolder && !/^[a-z][a-z0-9+.-]*:|@/i.test(source)) {
    throw new BuildError('FetchSourceFailed', `source ${JSON.stringify(source)} is no folder and no URL of a git repository`, {
      hint: 'give a folder that is here, or a URL with https://, http://, git:// or ssh://',
    });
  }
  log(`Cloning ${JSON.stringify(withoutPassword(source))} ...`);
  const folder = join(scratch, 'source');
  const uri = isFolder ? resolve(local) : source;
  const revision = await cloneSource({ uri, local: isFolder, ...(ref === undefined ? {} : { ref }) }, folder, signal);
  log(`\tCommit:\t${revision.commit} (${revision.message})`);
  log(`\tAuthor:\t${revision.author?.name} <${revision.author?.email}>`);
  return { folder, revision };
}

function assembleRequest(
  request: StiRequest,
  scripts: FoundScripts,
  environment: readonly Variable[],
  revision: GitRevision | undefined,
): AssembleRequest {
  const prefix = 'io.openshift.s2i.build';
  const of = (name: string, value: string | undefined): Record<string, string> =>
    value === undefined || value === '' ? {} : { [`${prefix}.${name}`]: value };
  return {
    builder: { reference: request.builder, forcePull: false },
    ...(scripts.imageUrl === undefined ? {} : { scriptsUrl: scripts.imageUrl }),
    uploadedScripts: [...scripts.external.keys()],
    environment,
    labels: {
      ...of('source-location', withoutPassword(request.source)),
      ...of('source-context-dir', request.contextDir),
      ...of('commit.id', revision?.commit),
      ...of('commit.ref', revision === undefined ? undefined : request.ref),
      ...of('commit.message', revision?.message),
      ...of('commit.author', revision === undefined ? undefined : `${revision.author?.name} <${revision.author?.email}>`),
      ...request.labels,
    },
    ...(request.incrementalFrom === undefined
      ? {}
      : { incrementalFrom: { reference: request.incrementalFrom, forcePull: false } }),
    secretFiles: [],
    ...(request.assembleUser === undefined ? {} : { assembleUser: request.assembleUser }),
  };
}
