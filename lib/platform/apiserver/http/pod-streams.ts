import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { WebSocket } from 'ws';
import { podNodeSubresources } from '../../api/core/pod/pod-node-subresources.ts';
import type { NodeSubresource } from '../../api/subresources/connect-subresource.ts';
import type { KubeObject } from '../../api/meta.ts';
import type { PodStreams } from '../../api/pod-streams.ts';
import { newBadRequest, newInternalError } from '../../api/status-error.ts';
import type { ServerContext } from '../server-context.ts';
import { type NodeConnector, nodeUnreachable } from './node-connector.ts';

/** Channels of the remote command protocol (apimachinery, wsstream): standard input, and what closes a channel. */
const STDIN = 0;
const CLOSE = 255;
const PROTOCOL = 'v5.channel.k8s.io';
const CHUNK = 64 << 10;

/** Asks the kubelets, as `pods/log` and `pods/attach` do. */
export function podStreams(server: () => ServerContext, connector: NodeConnector): PodStreams {
  const targetOf = (subresource: NodeSubresource, pod: KubeObject, query: URLSearchParams) =>
    connector.resolve(server(), subresource, pod, query);
  return {
    async log(pod, query, signal) {
      const target = targetOf(podNodeSubresources.log, pod, query);
      const outgoing = connector.open(target, { method: 'GET', headers: {} });
      const stop = (): void => void outgoing.destroy();
      signal.addEventListener('abort', stop, { once: true });
      outgoing.once('close', () => signal.removeEventListener('abort', stop));
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        outgoing.once('response', resolve);
        outgoing.once('close', () => reject(nodeUnreachable(target, 'GET', new Error('socket hang up'))));
        outgoing.on('error', (error) => reject(nodeUnreachable(target, 'GET', error)));
        outgoing.end();
      });
      if (answer.statusCode === 200) return answer;
      const said = await text(answer);
      throw answer.statusCode === 400 ? newBadRequest(said.trim()) : newInternalError(said.trim());
    },
    async input(pod, container, bytes, signal) {
      const query = new URLSearchParams({ container, stdin: 'true', stdout: 'true' });
      const target = targetOf(podNodeSubresources.attach, pod, query);
      const channel = connector.channel(target, PROTOCOL);
      const stop = (): void => channel.terminate();
      signal.addEventListener('abort', stop, { once: true });
      try {
        await feed(channel, bytes, (error) => nodeUnreachable(target, 'GET', error));
      } finally {
        signal.removeEventListener('abort', stop);
        channel.terminate();
      }
      signal.throwIfAborted();
    },
  };
}

async function feed(channel: WebSocket, bytes: AsyncIterable<Uint8Array>, unreachable: (error: Error) => Error): Promise<void> {
  let failure: Error | undefined;
  const closed = new Promise<void>((resolve) => channel.once('close', resolve));
  channel.on('error', (error) => (failure ??= error));
  // What the container says is in its log.
  channel.on('message', () => undefined);
  const opened = new Promise<void>((resolve) => channel.once('open', resolve));
  await Promise.race([opened, closed]);
  if (channel.readyState !== channel.OPEN) throw unreachable(failure ?? new Error('socket hang up'));
  for await (const chunk of bytes) {
    for (let start = 0; start < chunk.length; start += CHUNK) {
      const sent = await send(channel, Buffer.concat([Buffer.from([STDIN]), chunk.subarray(start, start + CHUNK)]));
      // The container has ended, or does not want to read any more: how it ended tells the rest.
      if (!sent) return closed;
    }
  }
  await send(channel, Buffer.from([CLOSE, STDIN]));
  return closed;
}

/** Resolves when the bytes are on their way; false: nobody takes them any more. */
function send(channel: WebSocket, bytes: Buffer): Promise<boolean> {
  return new Promise((resolve) =>
    channel.send(bytes, { binary: true }, (error) => resolve(error === undefined || error === null)),
  );
}
