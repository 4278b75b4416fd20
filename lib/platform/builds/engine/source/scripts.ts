import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readFile } from 'node:fs/promises';
import { errorText } from '../../../../common/errors.ts';
import type { LineSink } from '../build-engine.ts';
import { BuildError } from '../build-error.ts';
import { readText } from './source-files.ts';

const SCRIPTS = ['assemble', 'run', 'save-artifacts', 'usage'] as const;
export type ScriptName = (typeof SCRIPTS)[number];

/** What must be found somewhere. */
const REQUIRED: readonly ScriptName[] = ['assemble', 'run'];
/** Bytes. A script is read whole. */
const LARGEST_SCRIPT = 1 << 20;
const FETCH_LIMIT_MS = 60_000;

export interface ScriptSources {
  /** The source's folder, after its context directory. */
  readonly folder: string;
  /** What was asked for: `image://`, `http://`, `https://` or, with `local`, `file://`. */
  readonly explicitUrl?: string | undefined;
  /** What the builder image's label says. */
  readonly imageUrl: string | undefined;
  /** `file://` may be read: the folder belongs to whoever asks. */
  readonly local?: boolean;
}

export interface FoundScripts {
  /** Scripts that go into the container with the source. */
  readonly external: ReadonlyMap<ScriptName, Buffer>;
  /** Where in the builder image all others are. */
  readonly imageUrl: string | undefined;
}

/** Explicit URL, then the source's own folder, then the image's label, for each script (source-to-image: pkg/scripts/install.go). */
export async function findScripts(sources: ScriptSources, log: LineSink, signal: AbortSignal): Promise<FoundScripts> {
  const { explicitUrl, imageUrl } = sources;
  const external = new Map<ScriptName, Buffer>();
  const inImage = [explicitUrl, imageUrl].find((url) => url?.startsWith('image://'));
  for (const name of SCRIPTS) {
    const found =
      (await fetched(explicitUrl, name, sources, signal)) ??
      // An explicit folder of the image wins over what the source brings.
      (explicitUrl?.startsWith('image://') === true ? undefined : await ownScript(sources.folder, name)) ??
      (inImage === undefined ? await fetched(imageUrl, name, sources, signal) : undefined);
    if (found === undefined) continue;
    external.set(name, found.content);
    log(`Using ${name} from ${found.from}`);
  }
  const missing = REQUIRED.filter((name) => !external.has(name));
  if (inImage === undefined && missing.length > 0) {
    throw new BuildError('GenericBuildFailed', `no ${missing.join(' and no ')} script was found`, {
      hint: 'the builder image needs the label io.openshift.s2i.scripts-url, or the source a folder .s2i/bin with them',
    });
  }
  return { external, imageUrl: inImage };
}

interface Found {
  readonly content: Buffer;
  readonly from: string;
}

async function ownScript(folder: string, name: ScriptName): Promise<Found | undefined> {
  for (const dir of ['.s2i/bin', '.sti/bin']) {
    const text = await readText(join(folder, dir, name));
    if (text !== undefined) return { content: Buffer.from(text), from: `${dir}/${name}` };
  }
  return undefined;
}

async function fetched(
  base: string | undefined,
  name: ScriptName,
  { local }: ScriptSources,
  signal: AbortSignal,
): Promise<Found | undefined> {
  if (base === undefined || base.startsWith('image://')) return undefined;
  const url = `${base.replace(/\/+$/, '')}/${name}`;
  if (/^https?:\/\//.test(url)) return download(url, signal);
  if (url.startsWith('file://') && local === true) return localScript(url);
  throw new BuildError('GenericBuildFailed', `scripts URL ${JSON.stringify(base)} is none of image://, http://, https://`);
}

async function localScript(url: string): Promise<Found | undefined> {
  const path = fileURLToPath(url);
  const isFile = await stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );
  return isFile ? { content: await readFile(path), from: url } : undefined;
}

/** One that the server does not have is looked for elsewhere; anything else that goes wrong is an error. */
async function download(url: string, signal: AbortSignal): Promise<Found | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(FETCH_LIMIT_MS)]) });
    if (response.status === 404 || response.status === 403) {
      await response.body?.cancel();
      return undefined;
    }
    if (!response.ok || response.body === null) throw new Error(`the server answers ${response.status}`);
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body) {
      size += chunk.length;
      if (size > LARGEST_SCRIPT) throw new Error(`it is larger than ${LARGEST_SCRIPT} bytes`);
      chunks.push(chunk);
    }
    return { content: Buffer.concat(chunks), from: url };
  } catch (cause) {
    throw new BuildError('GenericBuildFailed', `cannot fetch ${url}: ${errorText(cause)}`, { cause });
  }
}
