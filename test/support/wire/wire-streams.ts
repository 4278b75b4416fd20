import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { Duplex, Readable } from 'node:stream';
import { WebSocket } from 'ws';
import { SpdyConnection } from '../../../lib/platform/node/kubelet/server/spdy/spdy-connection.ts';
import { webSocketBytes } from './web-socket-bytes.ts';

/** Whose connections are upgraded, and where. */
export interface StreamClient {
  /** `https://192.0.2.7:8443` */
  readonly server: string;
  readonly ca: string;
  readonly token: string;
}

/** The server's answer instead of an upgrade. */
export class Refused extends Error {
  readonly code: number;
  readonly body: string;
  constructor(code: number, body: string) {
    super(`no upgrade: ${code} ${body}`);
    this.code = code;
    this.body = body;
  }
}

/** What a remote command has written, and how it ended: the Status of its error channel. */
export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: { readonly status: string; readonly details?: { readonly causes?: readonly object[] } };
}

export interface CommandInput {
  readonly stdin?: Buffer;
  /** Of the terminal, whose input goes on until the command ends. */
  readonly size?: { readonly Width: number; readonly Height: number };
}

const [STDIN, STDOUT, STDERR, ERROR, RESIZE, CLOSE] = [0, 1, 2, 3, 4, 255] as const;

/** Opens a WebSocket as client-go does. Rejects with Refused. */
async function webSocket(
  { server, ca, token }: StreamClient,
  path: string,
  protocol: string,
  onMessage: (message: Buffer) => void = () => undefined,
): Promise<WebSocket> {
  const headers = { authorization: `Bearer ${token}` };
  const socket = new WebSocket(`${server.replace(/^http/, 'ws')}${path}`, [protocol], { ca, headers });
  const refusal = once(socket, 'unexpected-response').then(async ([, response]: unknown[]) => {
    const answer = response as IncomingMessage;
    throw new Refused(answer.statusCode!, Buffer.concat(await answer.toArray()).toString());
  });
  refusal.catch(() => undefined);
  socket.on('error', () => undefined);
  // The first ones may come with the handshake's answer.
  socket.on('message', onMessage);
  await Promise.race([once(socket, 'open'), refusal]);
  return socket;
}

/** GET with `v5.channel.k8s.io`: what oc tries first. */
export async function webSocketCommand(
  client: StreamClient,
  path: string,
  { stdin, size }: CommandInput = {},
): Promise<CommandResult> {
  const channels = new Map<number, Buffer[]>();
  const socket = await webSocket(client, path, 'v5.channel.k8s.io', (message) => {
    const [channel] = message;
    channels.set(channel!, [...(channels.get(channel!) ?? []), message.subarray(1)]);
  });
  if (size !== undefined) socket.send(Buffer.concat([Buffer.of(RESIZE), Buffer.from(JSON.stringify(size))]));
  if (stdin !== undefined) {
    socket.send(Buffer.concat([Buffer.of(STDIN), stdin]));
    if (size === undefined) socket.send(Buffer.of(CLOSE, STDIN));
  }
  await once(socket, 'close');
  const text = (channel: number): string => Buffer.concat(channels.get(channel) ?? []).toString();
  return { stdout: text(STDOUT), stderr: text(STDERR), status: statusOf(text(ERROR)) };
}

/** A request that asks to leave HTTP. Rejects with Refused. */
async function upgraded(
  { server, ca, token }: StreamClient,
  [method, path]: readonly [string, string],
  headers: Readonly<Record<string, string | string[]>>,
): Promise<Duplex> {
  const all = { authorization: `Bearer ${token}`, connection: 'Upgrade', ...headers };
  const outgoing = request(`${server}${path}`, { method, ca, agent: false, headers: all });
  const upgrade = once(outgoing, 'upgrade') as Promise<[IncomingMessage, Duplex, Buffer]>;
  const refusal = once(outgoing, 'response').then(async ([response]: unknown[]) => {
    const answer = response as IncomingMessage;
    throw new Refused(answer.statusCode!, Buffer.concat(await answer.toArray()).toString());
  });
  refusal.catch(() => undefined);
  outgoing.end();
  const [, socket, head] = (await Promise.race([upgrade, refusal])) as [IncomingMessage, Duplex, Buffer];
  if (head.length > 0) socket.unshift(head);
  return socket;
}

/** POST that is upgraded to SPDY/3.1. Rejects with Refused. */
async function spdy(client: StreamClient, path: string, protocols: readonly string[]): Promise<SpdyConnection> {
  const headers = { upgrade: 'SPDY/3.1', 'content-length': '0', 'x-stream-protocol-version': [...protocols] };
  return new SpdyConnection(await upgraded(client, ['POST', path], headers), { role: 'client' });
}

/** What oc falls back to where a proxy lets no WebSocket through. */
export async function spdyCommand(client: StreamClient, path: string, { stdin }: CommandInput = {}): Promise<CommandResult> {
  const connection = await spdy(client, path, [
    'v5.channel.k8s.io',
    'v4.channel.k8s.io',
    'v3.channel.k8s.io',
    'v2.channel.k8s.io',
    'channel.k8s.io',
  ]);
  const open = (type: string): Duplex => connection.openStream(new Map([['streamtype', type]]));
  const error = open('error');
  const input = stdin === undefined ? undefined : open('stdin');
  const [out, err] = [open('stdout'), open('stderr')];
  input?.end(stdin);
  const [status, stdout, stderr] = await Promise.all([error, out, err].map(textOf));
  connection.close();
  return { stdout: stdout!, stderr: stderr!, status: statusOf(status!) };
}

/** What is attached to may end without one. */
const statusOf = (text: string): CommandResult['status'] =>
  text === '' ? { status: '' } : (JSON.parse(text) as CommandResult['status']);

const textOf = async (stream: Readable): Promise<string> => Buffer.concat(await stream.toArray()).toString();

const PORT_FORWARD = 'portforward.k8s.io';

/** GET with a WebSocket that carries SPDY. */
export async function tunnelPorts(client: StreamClient, path: string): Promise<SpdyConnection> {
  const socket = await upgraded(client, ['GET', path], {
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': randomBytes(16).toString('base64'),
    'sec-websocket-protocol': `SPDY/3.1+${PORT_FORWARD}`,
  });
  return new SpdyConnection(webSocketBytes(socket), { role: 'client' });
}

export const spdyPorts = (client: StreamClient, path: string): Promise<SpdyConnection> => spdy(client, path, [PORT_FORWARD]);

/** One request through a forwarded port: a pair of streams, as kubectl opens one for each connection that it takes. Throws what the error stream says. */
export async function requestThrough(connection: SpdyConnection, port: number, id: number): Promise<string> {
  const open = (type: string): Duplex =>
    connection.openStream(
      new Map([
        ['streamtype', type],
        ['port', String(port)],
        ['requestid', String(id)],
      ]),
    );
  const error = open('error');
  error.end();
  const data = open('data');
  data.end('GET / HTTP/1.0\r\nHost: localhost\r\n\r\n');
  // It is reset where nobody answers.
  const answer = textOf(data).catch(() => '');
  const problem = await textOf(error);
  if (problem !== '') throw new Error(problem);
  return answer;
}
