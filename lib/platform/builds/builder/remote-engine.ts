import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { BuildEngine, BuilderImage, BuiltImage, LineSink } from '../engine/build-engine.ts';
import { BuildError } from '../engine/build-error.ts';
import type { Answer, CallName } from '../engine/wire.ts';

/** The node has gone in the middle of a call; what it was doing has been taken back. */
class EngineGone extends Error {}

/** The engine that the node offers on a socket. Rejects with a BuildError, or with EngineGone. */
export function remoteEngine(socketPath: string): BuildEngine {
  const call = async <T>(
    name: CallName,
    args: readonly unknown[],
    upload: Readable | undefined,
    log: LineSink,
    signal: AbortSignal,
  ): Promise<T> => {
    const response = await open(socketPath, name, args, upload, signal);
    return readAnswers<T>(response, log);
  };
  return {
    builder: (wish, log, signal) => call<BuilderImage>('builder', [wish], undefined, log, signal),
    assemble: (asked, upload, log, signal) => call<BuiltImage>('assemble', [asked], upload, log, signal),
    dockerfile: (asked, context, log, signal) => call<BuiltImage>('dockerfile', [asked], context, log, signal),
    run: (image, command, log, signal) => call<number>('run', [image, command], undefined, log, signal),
    deliver: (image, log, signal) => call<{ digest?: string }>('deliver', [image], undefined, log, signal),
    async extract(wish, path, log, signal) {
      const response = await open(socketPath, 'extract', [wish, path], undefined, signal);
      if (response.headers['content-type'] !== 'application/x-tar') await readAnswers(response, log);
      return response;
    },
  };
}

function open(
  socketPath: string,
  name: CallName,
  args: readonly unknown[],
  upload: Readable | undefined,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path: `/${name}`, method: 'POST', signal });
    sent.once('response', resolve);
    let broken: Error | undefined;
    sent.once('error', (cause) =>
      reject(broken ?? (signal.aborted ? cause : new EngineGone('the node does not answer', { cause }))),
    );
    const body = async function* (): AsyncGenerator<Buffer | string> {
      yield `${JSON.stringify(args)}\n`;
      if (upload !== undefined) for await (const chunk of upload) yield chunk as Buffer;
    };
    pipeline(Readable.from(body(), { objectMode: false }), sent).catch((error: Error) => {
      // What cannot be read here ends the call; a call that has been answered early reads no more.
      if (upload?.errored) broken = upload.errored;
      else if (error instanceof BuildError) broken = error;
      sent.destroy(error);
    });
  });
}

async function readAnswers<T>(response: IncomingMessage, log: LineSink): Promise<T> {
  try {
    for await (const line of createInterface({ input: response, crlfDelay: Infinity })) {
      const answer = JSON.parse(line) as Answer;
      if (answer.log !== undefined) log(answer.log);
      if (answer.error !== undefined) throw new BuildError(answer.error.reason, answer.error.message);
      if (answer.result !== undefined) return answer.result as T;
    }
  } catch (error) {
    if (error instanceof BuildError) throw error;
    throw new EngineGone('the node has gone', { cause: error });
  }
  throw new EngineGone('the node has gone without an answer');
}

const PATIENCE_MS = 180_000;
const PAUSE_MS = 1000;

/** Does something again when the node was away meanwhile, as while it is upgraded. */
export async function persistently<T>(work: () => Promise<T>, log: LineSink, signal: AbortSignal): Promise<T> {
  let since: number | undefined;
  for (;;) {
    const began = Date.now();
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof EngineGone) || signal.aborted) throw error;
      // One that has worked for a while and went then is another one.
      if (since === undefined || Date.now() - began > 10_000) {
        log('The node does not answer; waiting for it ...');
        since = Date.now();
      }
      if (Date.now() - since > PATIENCE_MS)
        throw new BuildError('GenericBuildFailed', 'the node does not answer', { cause: error });
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
