import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { TextError } from './text-error.ts';

/** Longest WebSocket message accepted, as the real kubelet's. */
const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

const webSockets = new WebSocketServer({
  noServer: true,
  perMessageDeflate: false,
  maxPayload: MAX_MESSAGE_BYTES,
});
// The library refuses `SPDY/3.1+portforward.k8s.io`, whose slash no protocol name may have, but which kubectl uses: the
// choice is made by us, out of its sight.
webSockets.on('headers', (lines, request: NegotiatedRequest) => {
  if (request.protocol !== undefined) lines.push(`Sec-WebSocket-Protocol: ${request.protocol}`);
});

interface NegotiatedRequest extends IncomingMessage {
  protocol?: string;
}

/** Whether the client wants to go on as a WebSocket. */
export function wantsWebSocket(request: IncomingMessage): boolean {
  return request.headers.upgrade?.toLowerCase() === 'websocket';
}

/** Whether the client wants to go on in SPDY, as kubectl did before 1.31. */
export function wantsSpdy(request: IncomingMessage): boolean {
  return request.headers.upgrade?.toLowerCase() === 'spdy/3.1';
}

/** The first of ours that the client offers; '' when it offers none and we take that. Throws 400 otherwise. */
export function chooseSubprotocol(request: IncomingMessage, ours: Iterable<string>): string {
  const offered = listHeader(request.headers['sec-websocket-protocol']);
  const wanted = offered.length === 0 ? [''] : offered;
  for (const protocol of ours) if (wanted.includes(protocol)) return protocol;
  throw new TextError(400, `unable to upgrade: none of the sub-protocols ${JSON.stringify(offered)} is supported`);
}

/** Answers the handshake. The socket is the WebSocket's from then on. */
export function upgradeToWebSocket(request: IncomingMessage, socket: Duplex, head: Buffer, protocol: string): Promise<WebSocket> {
  delete request.headers['sec-websocket-protocol'];
  if (protocol !== '') (request as NegotiatedRequest).protocol = protocol;
  const { timeout = 0 } = request.socket;
  return new Promise((resolve) =>
    webSockets.handleUpgrade(request, socket, head, (ws) => {
      // The library has taken it off.
      request.socket.setTimeout(timeout);
      resolve(ws);
    }),
  );
}

/** The first of ours that the client offers in X-Stream-Protocol-Version; a client that offers none speaks the oldest. Throws 403. */
export function chooseStreamProtocol(request: IncomingMessage, ours: readonly string[]): string {
  const offered = listHeader(request.headers['x-stream-protocol-version']);
  if (offered.length === 0) return ours.at(-1)!;
  const chosen = ours.find((protocol) => offered.includes(protocol));
  if (chosen === undefined)
    throw new TextError(
      403,
      `unable to upgrade: unable to negotiate protocol: client supports [${offered.join(' ')}], server accepts [${ours.join(' ')}]`,
    );
  return chosen;
}

/** Answers a SPDY upgrade; what the client sent early is in the socket again. */
export function upgradeToSpdy(socket: Duplex, head: Buffer, protocol: string): void {
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${protocol}\r\n\r\n`,
  );
  if (head.length > 0) socket.unshift(head);
}

function listHeader(value: string | string[] | undefined): string[] {
  const text = Array.isArray(value) ? value.join(',') : (value ?? '');
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
