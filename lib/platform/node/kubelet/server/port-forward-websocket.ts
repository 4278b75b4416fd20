import type { WebSocket } from 'ws';
import type { Socket } from 'node:net';
import { isPort, join, portForwardErrorText, type PortForwardTarget } from './port-forward.ts';
import { TextError } from './text-error.ts';
import { type ChannelProtocol, WebSocketChannels } from './websocket-channels.ts';

const MAX_PORTS = 100;

/** The ports of `?ports=80,443&ports=8080`. Throws 400, as the older WebSocket port-forward needs them in its URL. */
export function forwardPorts(query: URLSearchParams): number[] {
  const texts = query.getAll('ports').flatMap((text) => text.split(','));
  const single = query.get('port');
  if (single !== null) texts.push(single);
  if (texts.length === 0) throw new TextError(400, 'query parameter "port" is required');
  const ports = texts.map(Number);
  ports.forEach((port, index) => {
    if (!isPort(port)) throw new TextError(400, `invalid port ${JSON.stringify(texts[index])}, must be between 1 and 65535`);
  });
  if (ports.length > MAX_PORTS) throw new TextError(400, `too many ports: ${ports.length}`);
  return ports;
}

/**
 * Port-forward over channels, as clients in JavaScript speak it: for the n-th port, channel 2n carries its one connection and 2n+1
 * its error; the first message on each is the port, two bytes, little end first (kubelet, portforward/websocket.go).
 */
export async function serveWebSocketPortForward(
  ws: WebSocket,
  protocol: ChannelProtocol,
  ports: readonly number[],
  target: PortForwardTarget,
): Promise<void> {
  const channels = new WebSocketChannels(ws, protocol);
  const sockets = ports.map((port, index) => {
    const hello = Buffer.alloc(2);
    hello.writeUInt16LE(port);
    channels.send(index * 2, hello);
    channels.send(index * 2 + 1, hello);
    return forwardOne(channels, index * 2, port, target);
  });
  await Promise.race([Promise.all(sockets), channels.gone]);
  channels.close();
}

async function forwardOne(channels: WebSocketChannels, channel: number, port: number, target: PortForwardTarget): Promise<void> {
  const readable = channels.reader(channel);
  let socket: Socket;
  try {
    socket = await target.dial(target.pod, port);
  } catch (error) {
    channels.send(channel + 1, Buffer.from(portForwardErrorText(target.pod, port, error)));
    return;
  }
  // A client that is gone must not keep the pod's connection.
  void channels.gone.then(() => socket.destroy());
  await join({ readable, writable: channels.writer(channel) }, socket);
}
