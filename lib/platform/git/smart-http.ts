import type { IncomingMessage, ServerResponse } from 'node:http';
import { Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { newInternalError } from '../api/status-error.ts';
import type { RunningCommand } from '../client/pod-exec.ts';
import { buildAfterPush } from './build-after-push.ts';
import type { GitContext } from './git-context.ts';
import { failure, FLUSH, pktLine, progress, refusal } from './pkt-line.ts';
import { LARGEST_COMMANDS, PushCommands, PushReport } from './received-refs.ts';
import type { Repository } from './repository.ts';
import { bodyOf, type Service, watchSilence } from './request-body.ts';

/** Bytes of a question about what to fetch; packs that are pushed have git's own limit (repository-sizes.ts). */
const LARGEST_QUESTION = 16 << 20;
const VERSION = /^version=[012]$/;

/** A request of git's, and when its client has gone. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly gone: AbortSignal;
}

/** What refs there are (gitprotocol-http, "Discovering References"). Who would push where there is no room is told so, before he sends anything. */
export async function advertise(
  context: GitContext,
  repository: Repository,
  service: Service,
  { request, response, gone }: Exchange,
): Promise<void> {
  const { advertisements } = context;
  const ask = (): Promise<Buffer> => advertisement(repository, service, { request, ends: gone });
  const full = service === 'git-receive-pack' ? await noRoom(context) : undefined;
  const said =
    full !== undefined
      ? refusal(full)
      : isVersion2(request)
        ? await advertisements.capabilities(ask)
        : service === 'git-receive-pack' && request.headers['git-protocol'] !== 'version=1'
          ? await advertisements.refs(repository, ask)
          : await ask();
  head(response, service, 'advertisement');
  // Version 2 begins with its capabilities.
  if (!isVersion2(request)) response.write(Buffer.concat([pktLine(`# service=${service}\n`), FLUSH]));
  response.end(said);
}

async function advertisement(repository: Repository, service: Service, how: CommandRequest): Promise<Buffer> {
  const command = start(repository, service, how, '--advertise-refs');
  command.stdin.end();
  const parts = (await command.stdout.toArray()) as Buffer[];
  await succeeded(command, service);
  return Buffer.concat(parts);
}

/** Answers a fetch. */
export async function uploadPack(repository: Repository, { request, response, gone }: Exchange): Promise<void> {
  const body = bodyOf(request, 'git-upload-pack', LARGEST_QUESTION);
  using _watched = watchSilence(request);
  const command = start(repository, 'git-upload-pack', { request, ends: gone });
  head(response, 'git-upload-pack', 'result');
  try {
    await Promise.all([pipeline(body, command.stdin), pipeline(command.stdout, response)]);
  } finally {
    // Who hangs up does not get his place back before git has ended.
    await command.exit.catch(ignore);
  }
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
  const full = await noRoom(context);
  if (full !== undefined) {
    head(response, 'git-receive-pack', 'result');
    return void response.end(failure(full));
  }
  // What has come whole is taken, whether or not somebody waits for the answer.
  const cutOff = new AbortController();
  request.once('close', () => request.complete || cutOff.abort());
  const largest = await context.sizes.room(repository);
  context.advertisements.changed(repository);
  const command = start(repository, 'git-receive-pack', {
    request,
    ends: cutOff.signal,
    settings: [`receive.maxInputSize=${largest}`],
  });
  head(response, 'git-receive-pack', 'result');
  let code: number | undefined;
  try {
    using _watched = watchSilence(request);
    const sent = pipeline(body, tapped(commands), command.stdin).catch(ignore);
    for await (const chunk of command.stdout) await written(response, report.pass(chunk as Buffer));
    if (commands.tooMany)
      return void response.end(failure(`the refs of one push are more than ${LARGEST_COMMANDS} bytes, push them in parts`));
    await sent;
    code = await command.exit.catch(() => undefined);
  } finally {
    context.sizes.changed(repository);
    context.advertisements.changed(repository, code === undefined);
  }
  received();
  const refs = commands.refs.filter(({ ref }) => report.taken.has(ref));
  const tell = async (text: string): Promise<void> => {
    if (commands.sideBand) await written(response, progress(text));
  };
  if (refs.length > 0) await buildAfterPush(context, repository, refs, tell, gone);
  response.end(report.held ? FLUSH : undefined);
  prepareNext(context, repository);
}

/** Why nothing can be pushed now. */
async function noRoom(context: GitContext): Promise<string | undefined> {
  const node = await context.fullDisk();
  return node && `the disk of node ${node} is almost full: nothing can be pushed until there is room, fetching goes on`;
}

/** What the next push asks for first, when this one and its build have been told of: before, it would be in their way. */
function prepareNext({ sizes, advertisements }: GitContext, repository: Repository): void {
  const ends = new AbortController().signal;
  const ask = (): Promise<Buffer> => advertisement(repository, 'git-receive-pack', { request: { headers: {} }, ends });
  // Whoever pushes next asks himself otherwise.
  sizes.room(repository).catch(() => undefined);
  advertisements.refs(repository, ask).catch(() => undefined);
}

interface CommandRequest {
  readonly request: Pick<IncomingMessage, 'headers'>;
  readonly ends: AbortSignal;
  readonly settings?: readonly string[];
}

function start(
  repository: Repository,
  service: Service,
  { request, ends, settings = [] }: CommandRequest,
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

const ignore = (): void => undefined;

/** What git reads. With more commands than there may be it ends: git has taken none of them. */
function tapped(commands: PushCommands): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (commands.tooMany) return done();
      commands.read(chunk);
      if (commands.tooMany) this.push(null);
      done(null, commands.tooMany ? undefined : chunk);
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
