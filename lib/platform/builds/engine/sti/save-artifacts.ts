import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { errorText } from '../../../../common/errors.ts';
import type { ImageConfig } from '../../../runtime/image-runtime.ts';
import type { LineSink } from '../build-engine.ts';
import { type Surroundings, withContainer } from '../containers.ts';
import { eachLine } from '../lines.ts';
import { builderFacts, scriptsFolder } from './builder-labels.ts';

/** Bytes. More is no cache worth carrying, and the machine's disk is everybody's. */
const LARGEST = 4 * 2 ** 30;

export interface Artifacts {
  /** A tar. */
  readonly read: () => Readable;
  readonly dispose: () => Promise<void>;
}

/**
 * Runs save-artifacts of an earlier image and keeps what it writes, which is a tar. Whatever goes wrong is told and means a build from nothing, as
 * in source-to-image: an earlier image is a help, not a condition.
 */
export async function saveArtifacts(
  surroundings: Surroundings,
  image: ImageConfig,
  folder: string,
  log: LineSink,
  signal: AbortSignal,
): Promise<Artifacts | undefined> {
  const scripts = scriptsFolder(builderFacts(image).scriptsUrl);
  if (scripts === undefined) return undefined;
  const spool = await mkdtemp(join(folder, 'artifacts-'));
  const dispose = (): Promise<void> => rm(spool, { recursive: true, force: true });
  const file = join(spool, 'artifacts.tar');
  const shell = {
    ...(image.entrypoint.length === 0 ? {} : { entrypoint: ['/bin/sh'] }),
    command: [...(image.entrypoint.length === 0 ? ['/bin/sh'] : []), '-c', `exec ${scripts}/save-artifacts`],
  };
  try {
    const code = await withContainer(surroundings, { image: image.id, ...shell, env: [], stdin: false }, signal, (id) =>
      spoolOutput(surroundings, id, file, log),
    );
    if (code !== 0) throw new Error(`save-artifacts ended with exit code ${code}`);
    return { read: () => createReadStream(file), dispose };
  } catch (error) {
    await dispose();
    if (signal.aborted) throw error;
    log(`Artifacts of the earlier image cannot be taken over, building without them: ${errorText(error)}`);
    return undefined;
  }
}

async function spoolOutput({ runtime }: Surroundings, id: string, file: string, log: LineSink): Promise<number> {
  const session = await runtime.attach(id);
  try {
    session.stdin?.end();
    const spooled = pipeline(session.stdout, limitTo(LARGEST), createWriteStream(file, { mode: 0o600 }));
    const told = eachLine(session.stderr!, log);
    spooled.catch(() => undefined);
    await runtime.start(id);
    await spooled;
    const { exitCode } = await runtime.wait(id);
    await told;
    return exitCode;
  } finally {
    session.close();
  }
}

function limitTo(bytes: number): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      done(seen > bytes ? new Error(`it writes more than ${bytes} bytes`) : null, chunk);
    },
  });
}
