import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { errorText } from '../../../common/errors.ts';
import type {
  AssembleRequest,
  BuildEngine,
  DockerfileRequest,
  HookCommand,
  ImageWish,
  LineSink,
} from '../../builds/engine/build-engine.ts';
import { BuildError } from '../../builds/engine/build-error.ts';
import { type Answer, firstLine } from '../../builds/engine/wire.ts';

/** Calls at once. A builder makes one after the other. */
const MOST_CALLS = 4;

export interface BuildServer {
  /** Ends all calls and waits until what they were doing has been taken back. */
  close(): Promise<void>;
}

/** Serves one build's engine on a socket in a folder that its pod alone sees. Whoever is in that pod may use it. */
export async function serveBuild(engine: BuildEngine, path: string): Promise<BuildServer> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  await chmod(dirname(path), 0o755);
  await rm(path, { force: true });
  const ending = new AbortController();
  const running = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    if (running.size >= MOST_CALLS) return void response.writeHead(503).end();
    const call = serve(engine, request, response, ending.signal).finally(() => running.delete(call));
    running.add(call);
    return undefined;
  });
  server.requestTimeout = 0;
  server.headersTimeout = 10_000;
  await listen(server, path);
  // Whatever number the builder runs under.
  await chmod(path, 0o666);
  return {
    async close() {
      // Without a word: a builder that is still there waits for the node that comes next, and has it all done again.
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      ending.abort(new Error('the build has ended'));
      await Promise.allSettled(running);
      await closed;
      await rm(path, { force: true });
    },
  };
}

const listen = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });

/** Never rejects. A caller that goes away has its call ended. */
async function serve(
  engine: BuildEngine,
  request: IncomingMessage,
  response: ServerResponse,
  ending: AbortSignal,
): Promise<void> {
  const left = new AbortController();
  response.once('close', () => left.abort(new Error('the builder has gone')));
  response.on('error', () => undefined);
  const signal = AbortSignal.any([ending, left.signal]);
  const say = (answer: Answer): void => void (response.writableEnded || response.write(`${JSON.stringify(answer)}\n`));
  try {
    const name = (request.url ?? '').slice(1);
    const args = JSON.parse(await firstLine(request)) as never[];
    if (name === 'extract') {
      const tar = await engine.extract(args[0]! as ImageWish, args[1]! as string, () => undefined, signal);
      response.writeHead(200, { 'content-type': 'application/x-tar' });
      return await pipeline(tar, response);
    }
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    say({ result: (await dispatch(engine, name, args, request, (log) => say({ log }), signal)) ?? null });
  } catch (error) {
    const reason = error instanceof BuildError ? error.reason : 'GenericBuildFailed';
    const answer: Answer = { error: { reason, message: errorText(error) } };
    if (response.headersSent) say(answer);
    else response.writeHead(400, { 'content-type': 'application/x-ndjson' }).write(`${JSON.stringify(answer)}\n`);
  } finally {
    response.end();
    request.resume();
  }
}

function dispatch(
  engine: BuildEngine,
  name: string,
  args: readonly never[],
  body: IncomingMessage,
  log: LineSink,
  signal: AbortSignal,
): Promise<unknown> {
  const [first, second] = args as readonly unknown[];
  switch (name) {
    case 'builder':
      return engine.builder(first as ImageWish, log, signal);
    case 'assemble':
      return engine.assemble(first as AssembleRequest, body, log, signal);
    case 'dockerfile':
      return engine.dockerfile(first as DockerfileRequest, body, log, signal);
    case 'run':
      return engine.run(first as string, second as HookCommand, log, signal);
    case 'deliver':
      return engine.deliver(first as string, log, signal);
    default:
      return Promise.reject(new BuildError('GenericBuildFailed', `there is no call ${JSON.stringify(name)}`));
  }
}
