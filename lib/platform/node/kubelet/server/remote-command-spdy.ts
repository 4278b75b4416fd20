import type { Duplex } from 'node:stream';
import { type CommandOptions, encodeOutcome, type RemoteStreams, ResizeParser } from './remote-command.ts';
import { SpdyConnection } from './spdy/spdy-connection.ts';
import type { SpdyStream } from './spdy/spdy-stream.ts';

/** How long the client may take to open the streams that it asked for (kubelet: DefaultStreamCreationTimeout). */
const STREAMS_TIMEOUT_MS = 30_000;

/** The remote command protocols over SPDY that we speak, best first. v5 is not one of them: it exists on WebSockets only. */
export const SPDY_COMMAND_PROTOCOLS: readonly string[] = [
  'v4.channel.k8s.io',
  'v3.channel.k8s.io',
  'v2.channel.k8s.io',
  'channel.k8s.io',
];

/**
 * An exec or attach client on an upgraded SPDY connection, once it has opened every stream that its request needs.
 * undefined when it does not: the connection is closed then.
 */
export async function spdyCommand(
  socket: Duplex,
  protocol: string,
  options: CommandOptions,
  timeout: number = STREAMS_TIMEOUT_MS,
): Promise<RemoteStreams | undefined> {
  const version = Number(/^v(\d)/.exec(protocol)?.[1] ?? 1);
  const wanted = new Set(['error']);
  for (const name of ['stdin', 'stdout', 'stderr'] as const) if (options[name]) wanted.add(name);
  if (options.tty && version >= 3) wanted.add('resize');
  const streams = new Map<string, SpdyStream>();
  const complete = Promise.withResolvers<boolean>();
  const connection = new SpdyConnection(socket, {
    role: 'server',
    maxStreams: 16,
    onStream(stream) {
      const type = stream.headers.get('streamtype') ?? '';
      if (!wanted.has(type) || streams.has(type)) return void stream.destroy();
      streams.set(type, stream);
      // The client says nothing on these, but its end of them must be seen.
      if (type === 'error' || type === 'stdout' || type === 'stderr') stream.resume();
      if (streams.size === wanted.size) complete.resolve(true);
    },
  });
  void connection.closed.then(() => complete.resolve(false));
  const timer = setTimeout(() => complete.resolve(false), timeout);
  const isComplete = await complete.promise;
  clearTimeout(timer);
  if (!isComplete) {
    connection.close();
    return undefined;
  }
  return {
    stdin: streams.get('stdin'),
    stdout: streams.get('stdout'),
    stderr: streams.get('stderr'),
    gone: connection.closed,
    onResize(listener) {
      const parser = new ResizeParser();
      streams.get('resize')?.on('data', (chunk: Buffer) => parser.push(chunk).forEach(listener));
    },
    async finish(outcome) {
      const ends = ['stdout', 'stderr', 'error'].flatMap((name) => streams.get(name) ?? []);
      streams.get('error')?.write(encodeOutcome(outcome, version));
      const sent = ends.map((stream) => new Promise<void>((resolve) => stream.once('close', resolve).end(() => resolve())));
      await Promise.race([Promise.all(sent), connection.closed]);
      connection.close();
      await connection.closed;
    },
  };
}
