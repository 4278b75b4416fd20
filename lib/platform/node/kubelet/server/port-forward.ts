import type { Socket } from 'node:net';
import type { Duplex, Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { errorText } from '../../../../common/errors.ts';
import type { PodDial } from './pod-dialer.ts';
import type { NodePod } from './pod-source.ts';
import { SpdyConnection } from './spdy/spdy-connection.ts';
import type { SpdyStream } from './spdy/spdy-stream.ts';

export const PORT_FORWARD_PROTOCOL = 'portforward.k8s.io';

/** How long one of the two streams of a connection may wait for the other (kubelet: DefaultStreamCreationTimeout). */
const PAIR_TIMEOUT_MS = 30_000;
const MAX_STREAMS = 2000;
/** Connections to the pod of one client: one that resets its streams at once still costs a dial each. */
const MAX_FORWARDS = MAX_STREAMS / 2;

export interface PortForwardTarget {
  readonly pod: NodePod;
  readonly dial: PodDial;
}

/** Serves connections of port-forward on an upgraded SPDY connection, until it closes (kubelet, portforward/httpstream.go). */
export async function servePortForward(
  socket: Duplex,
  target: PortForwardTarget,
  timeout: number = PAIR_TIMEOUT_MS,
): Promise<void> {
  const pairs = new Map<string, { data?: SpdyStream; error?: SpdyStream; timer: NodeJS.Timeout }>();
  let forwards = 0;
  const connection = new SpdyConnection(socket, {
    role: 'server',
    maxStreams: MAX_STREAMS,
    onStream(stream) {
      const type = stream.headers.get('streamtype');
      const port = Number(stream.headers.get('port'));
      if ((type !== 'data' && type !== 'error') || !isPort(port)) return void stream.destroy();
      const id = stream.headers.get('requestid') ?? String(type === 'error' ? stream.id : stream.id - 2);
      if (forwards >= MAX_FORWARDS) return void stream.destroy();
      const pair = pairs.get(id) ?? { timer: setTimeout(() => expire(id), timeout) };
      pairs.set(id, pair);
      if (pair[type] !== undefined) return void stream.destroy();
      pair[type] = stream;
      // A reset stream is no half of anything, and nothing of it is kept.
      stream.once('close', () => pairs.get(id) === pair && expire(id));
      if (pair.data === undefined || pair.error === undefined) return;
      clearTimeout(pair.timer);
      pairs.delete(id);
      forwards++;
      void forwardOne(pair.data, pair.error, port, target).finally(() => forwards--);
    },
  });
  const expire = (id: string): void => {
    const pair = pairs.get(id);
    pairs.delete(id);
    clearTimeout(pair?.timer);
    pair?.data?.destroy();
    pair?.error?.end('timed out waiting for streams');
    pair?.error?.resume();
  };
  await connection.closed;
  for (const { timer } of pairs.values()) clearTimeout(timer);
}

/** One forwarded connection: what goes wrong is told on the error stream, in the kubelet's words. */
async function forwardOne(data: SpdyStream, error: SpdyStream, port: number, target: PortForwardTarget): Promise<void> {
  error.resume();
  let socket: Socket;
  try {
    socket = await target.dial(target.pod, port);
  } catch (cause) {
    error.end(portForwardErrorText(target.pod, port, cause));
    data.end();
    data.resume();
    return;
  }
  await join(data, socket);
  error.end();
}

/** What a client is told when a port cannot be reached. */
export function portForwardErrorText(pod: NodePod, port: number, cause: unknown): string {
  const why = cause instanceof Error ? cause.message : errorText(cause);
  return `error forwarding port ${port} to pod ${pod.sandbox?.id ?? pod.object.metadata.name}, uid ${pod.object.metadata.uid ?? ''}: ${why}`;
}

/** 1 to 65535. */
export const isPort = (port: number): boolean => Number.isInteger(port) && port > 0 && port < 65536;

/** Joins two byte streams with half-closes. Resolves when both directions are done or either side failed; never rejects. */
export async function join(client: Duplex | { readable: Readable; writable: Writable }, socket: Socket): Promise<void> {
  const readable = 'pipe' in client ? client : client.readable;
  const writable = 'pipe' in client ? client : client.writable;
  const cut = (): void => {
    socket.destroy();
    readable.destroy();
    writable.destroy();
  };
  // Each way on its own: a pod that has said everything may still listen, and the other way round.
  await Promise.all([pipeline(readable, socket).catch(cut), pipeline(socket, writable).catch(cut)]);
}
