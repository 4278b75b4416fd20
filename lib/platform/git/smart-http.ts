import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Readable, Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { newBadRequest, newInternalError, newUnsupportedMediaType } from '../api/status-error.ts';
import type { RunningCommand } from '../client/pod-exec.ts';
import { buildAfterPush } from './build-after-push.ts';
import type { GitContext } from './git-context.ts';
import { FLUSH, pktLine, progress } from './pkt-line.ts';
import { PushCommands, PushReport } from './received-refs.ts';
import type { Repository } from './repository.ts';

export type Service = 'git-upload-pack' | 'git-receive-pack';

/** Bytes of a question about what to fetch; packs that are pushed have git's own limit (repository-sizes.ts). */
const LARGEST_QUESTION = 16 << 20;
const VERSION = /^version=[012]$/;
/** In ms. */
const LONGEST_SILENCE = 60_000;

/** A request of git's, and when its client has gone. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly gone: AbortSignal;
}

/** What refs there are (gitprotocol-http, "Discovering References"). */
export async function advertise(repository: Repository, service: Service, { request, response, gone }: Exchange): Promise<void> {
  const command = start(repository, service, { request, ends: gone }, '--advertise-refs');
  command.stdin.end();
  const parts = await command.stdout.toArray();
  await succeeded(command, service);
  head(response, service, 'advertisement');
  // Version 2 begins with its capabilities.
  if (!isVersion2(request)) response.write(Buffer.concat([pktLine(`# service=${service}\n`), FLUSH]));
  response.end(Buffer.concat(parts as Buffer[]));
}

/** Answers a fetch. */
export async function uploadPack(repository: Repository, { request, response, gone }: Exchange): Promise<void> {
  const body = bodyOf(request, 'git-upload-pack', LARGEST_QUESTION);
  using _watched = watchSilence(request);
  const command = start(repository, 'git-upload-pack', { request, ends: gone });
  head(response, 'git-upload-pack', 'result');
  await Promise.all([pipeline(body, command.stdin), pipeline(command.stdout, response)]);
}

/** Takes what is pushed, then builds it. Whoever pushes sees both. `received` is called between them. */
export async function receivePack(
  context: GitContext,
  repository: Repository,
  { request, response, gone }: Exchange,
  received: () => void,
): Promise<void> {
  const commands = new PushCommands();
  const report = new PushReport();
  const body = bodyOf(request, 'git-receive-pack');
  // What has come whole is taken, whether or not somebody waits for the answer.
  const cutOff = new AbortController();
  request.once('close', () => request.complete || cutOff.abort());
  const largest = await context.sizes.room(repository);
  const command = start(repository, 'git-receive-pack', {
    request,
    ends: cutOff.signal,
    settings: [`receive.maxInputSize=${largest}`],
  });
  head(response, 'git-receive-pack', 'result');
  {
    using _watched = watchSilence(request);
    const sent = pipeline(body, tapped(commands), command.stdin);
    for await (const chunk of command.stdout) await written(response, report.pass(chunk as Buffer));
    await sent.catch(() => undefined);
    await command.exit.catch(() => undefined);
  }
  context.sizes.changed(repository);
  received();
  const refs = commands.refs.filter(({ ref }) => report.taken.has(ref));
  const tell = async (text: string): Promise<void> => {
    if (commands.sideBand) await written(response, progress(text));
  };
  if (refs.length > 0) await buildAfterPush(context, repository, refs, tell, gone);
  response.end(report.held ? FLUSH : undefined);
}

/** Ends a connection on which neither side does anything, so that nobody keeps git waiting for good. git itself says something every few seconds. */
function watchSilence({ socket }: IncomingMessage): Disposable {
  const { timeout = 0 } = socket;
  const end = (): void => void socket.destroy();
  socket.setTimeout(LONGEST_SILENCE, end);
  return {
    [Symbol.dispose]: () => {
      socket.off('timeout', end);
      socket.setTimeout(timeout);
    },
  };
}

function start(
  repository: Repository,
  service: Service,
  {
    request,
    ends,
    settings = [],
  }: { readonly request: IncomingMessage; readonly ends: AbortSignal; readonly settings?: readonly string[] },
  ...more: string[]
): RunningCommand {
  const version = request.headers['git-protocol'];
  const env = typeof version === 'string' && VERSION.test(version) ? { GIT_PROTOCOL: version } : {};
  const configured = settings.flatMap((setting) => ['-c', setting]);
  return repository.run([...configured, service.slice('git-'.length), '--stateless-rpc', ...more, '.'], { env, signal: ends });
}

const isVersion2 = (request: IncomingMessage): boolean =>
  request.headers['git-protocol'] === 'version=2' && !(request.url ?? '').includes('git-receive-pack');

function head(response: ServerResponse, service: Service, what: 'advertisement' | 'result'): void {
  response.writeHead(200, {
    'content-type': `application/x-${service}-${what}`,
    'cache-control': 'no-cache, max-age=0, must-revalidate',
  });
}

/** The body as git sent it, which may be compressed. @throws StatusError for what is no request of git */
function bodyOf(request: IncomingMessage, service: Service, largest = Infinity): Readable {
  if (request.headers['content-type'] !== `application/x-${service}-request`)
    throw newUnsupportedMediaType(`the content type must be application/x-${service}-request`);
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity' && encoding !== 'gzip')
    throw newUnsupportedMediaType(`content encoding ${JSON.stringify(encoding)} is not gzip`);
  const body: Readable = encoding === 'gzip' ? request.pipe(createGunzip()) : request;
  if (encoding === 'gzip') request.once('error', (error) => body.destroy(error));
  return largest === Infinity ? body : body.pipe(limited(largest));
}

function limited(largest: number): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      done(seen > largest ? newBadRequest(`the request is larger than ${largest} bytes`) : null, chunk);
    },
  });
}

function tapped(commands: PushCommands): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      commands.read(chunk);
      done(null, chunk);
    },
  });
}

async function written(response: Writable, bytes: Buffer): Promise<void> {
  if (bytes.length === 0 || response.destroyed) return;
  if (!response.write(bytes)) await new Promise<void>((resolve) => void response.once('drain', resolve).once('close', resolve));
}

async function succeeded(command: RunningCommand, service: Service): Promise<void> {
  const code = await command.exit;
  if (code !== 0) throw newInternalError(`${service} ended with code ${code}`);
}
