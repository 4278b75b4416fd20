import { PassThrough, Readable, type Writable } from 'node:stream';
import { WebSocket, type RawData } from 'ws';
import { newInternalError, type Status, StatusError } from '../api/status-error.ts';
import { authorizationOf, type HttpClientOptions } from './http-transport.ts';

/** Numbers of the streams over one WebSocket (apimachinery, remotecommand constants). */
const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const OUTCOME = 3;
/** In version 5 a message on this channel closes the one that it names. */
const CLOSE = 255;
/** Bytes that may wait for a reader, or for the socket, before the other side is held back. */
const HIGH_WATER = 1 << 20;

export interface PodCommand {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly argv: readonly string[];
  /** Ends the command's connection. */
  readonly signal?: AbortSignal;
}

/** A command that runs in a container. */
export interface RunningCommand {
  /** To be ended, also when nothing is written. */
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Its exit code. Rejects with a StatusError when it could not be started or the connection broke. */
  readonly exit: Promise<number>;
}

/** Runs a command in a container as kubectl exec does (`v5.channel.k8s.io` over a WebSocket). */
export function execInPod(server: HttpClientOptions, command: PodCommand): RunningCommand {
  const url = new URL(`/api/v1/namespaces/${command.namespace}/pods/${command.pod}/exec`, server.server);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.search = new URLSearchParams([
    ['container', command.container],
    ...(['stdin', 'stdout', 'stderr'] as const).map((name): [string, string] => [name, 'true']),
    ...command.argv.map((word): [string, string] => ['command', word]),
  ]).toString();
  const socket = new WebSocket(url, 'v5.channel.k8s.io', {
    ca: server.caPem,
    ...(server.token === undefined ? { cert: server.certPem, key: server.keyPem } : { headers: authorizationOf(server.token) }),
    perMessageDeflate: false,
  });
  command.signal?.addEventListener('abort', () => socket.terminate(), { once: true });
  return streamsOf(socket);
}

function streamsOf(socket: WebSocket): RunningCommand {
  const exit = Promise.withResolvers<number>();
  exit.promise.catch(() => undefined);
  const open = new Promise<void>((resolve) => socket.once('open', resolve));
  const output = (): Readable => new Readable({ highWaterMark: HIGH_WATER, read: () => socket.resume() });
  const readers = new Map([
    [STDOUT, output()],
    [STDERR, output()],
  ]);
  socket.on('message', (data: RawData) => {
    const message = asBuffer(data);
    const channel = message[0];
    if (channel === OUTCOME) settle(exit, message.subarray(1).toString('utf8'));
    else if (readers.get(channel ?? -1)?.push(message.subarray(1)) === false) socket.pause();
  });
  const broken = (why: string): void => exit.reject(newInternalError(`the connection to the container broke: ${why}`));
  socket.on('error', (error) => broken(error.message));
  socket.on('unexpected-response', (_request, response) => {
    broken(`the answer was ${response.statusCode}`);
    response.destroy();
    socket.terminate();
  });
  socket.on('close', () => {
    broken('it was closed');
    for (const reader of readers.values()) reader.push(null);
  });
  const send = async (bytes: Buffer): Promise<void> => {
    await open;
    if (socket.readyState !== WebSocket.OPEN) throw new Error('the container has gone');
    await new Promise<void>((resolve, reject) => {
      socket.send(bytes, (error) => (error == null ? resolve() : reject(error)));
    });
  };
  const stdin = new PassThrough({ highWaterMark: HIGH_WATER });
  const feed = async (): Promise<void> => {
    try {
      for await (const chunk of stdin as AsyncIterable<Buffer>) await send(Buffer.concat([Buffer.of(STDIN), chunk]));
    } finally {
      // Also when what was to be written broke off: the command would wait for the rest.
      await send(Buffer.of(CLOSE, STDIN));
    }
  };
  // Who reads the exit code hears why.
  feed().catch(() => stdin.destroy());
  return { stdin, stdout: readers.get(STDOUT)!, stderr: readers.get(STDERR)!, exit: exit.promise };
}

/** The last message is a Status: Success, or why not, with the exit code as a cause. */
function settle(exit: PromiseWithResolvers<number>, text: string): void {
  let status: Status;
  try {
    status = JSON.parse(text) as Status;
  } catch {
    exit.reject(newInternalError('the outcome of the command could not be read'));
    return;
  }
  if (status.status === 'Success') return exit.resolve(0);
  const code = status.details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message;
  if (code !== undefined && /^\d+$/.test(code)) exit.resolve(Number(code));
  else exit.reject(new StatusError(status));
}

const asBuffer = (data: RawData): Buffer =>
  Buffer.isBuffer(data) ? data : Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
