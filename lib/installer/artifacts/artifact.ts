import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { TreeFile } from '../agent/place-tree.ts';
import { agentErrors } from '../agent/agent-errors.ts';
import { hashOf } from './cache.ts';
import { tarEnd, tarHeader, tarPadding } from './tar-writer.ts';

/** A folder that a server gets whole: named by the hash of everything in it, so it is never sent twice and never half there. */
export interface Artifact {
  /** `installer`: oo-install itself, for a server that installs itself out of a bundle. */
  readonly kind: 'runtime' | 'openshift' | 'installer';
  /** Hash over paths, modes and contents. */
  readonly sha256: string;
  /** Bytes of all files. */
  readonly size: number;
  readonly files: readonly TreeFile[];
}

/** Names a set of files. */
export function makeArtifact(kind: Artifact['kind'], files: readonly TreeFile[]): Artifact {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const lines = sorted.map((file) => `${file.sha256} ${file.mode.toString(8)} ${file.path}\n`);
  return {
    kind,
    sha256: hashOf(`${kind}\n${lines.join('')}`),
    size: sorted.reduce((sum, file) => sum + file.size, 0),
    files: sorted,
  };
}

/** Where it stands on a server. */
export function artifactDir(optDir: string, artifact: Pick<Artifact, 'kind' | 'sha256'>): string {
  return `${optDir}/${artifact.kind}/${artifact.sha256}`;
}

/**
 * The artifact as a tar stream, the same bytes every time: for hosts that are reached over a wire. Ends with an error when a file is not
 * what its hash says: a server can only compare what it got with what was packed.
 */
export function artifactTar(artifact: Artifact): Readable {
  return Readable.from(tarChunks(artifact));
}

async function* tarChunks(artifact: Artifact): AsyncGenerator<Buffer> {
  for (const file of artifact.files) {
    yield tarHeader({ path: file.path, type: 'file', mode: file.mode, mtime: 0 }, file.size);
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(file.source)) {
      hash.update(chunk as Buffer);
      yield chunk as Buffer;
    }
    const actual = hash.digest('hex');
    if (actual !== file.sha256) throw agentErrors.FILE_CORRUPT(file.source, file.sha256, actual);
    yield tarPadding(file.size);
  }
  yield tarEnd;
}
