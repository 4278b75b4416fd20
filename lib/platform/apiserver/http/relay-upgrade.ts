import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { statusOf } from '../aggregation/proxy-request.ts';

/**
 * Sends a request that is to change the protocol, and joins the two connections once the other side has agreed. An answer that
 * is no agreement becomes the client's answer, unless `refuses` throws on it. Rejects when there is none.
 */
export function relayUpgrade(
  outgoing: ClientRequest,
  client: Duplex,
  head: Buffer,
  refuses: (answer: IncomingMessage) => void = () => undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    outgoing.once('error', reject);
    // Some ends come without an error.
    outgoing.once('close', () => reject(new Error('socket hang up')));
    client.once('close', () => outgoing.destroy());
    outgoing.once('upgrade', (answer, other, otherHead) => {
      outgoing.off('error', reject);
      client.write(headText(answer));
      if (otherHead.length > 0) client.write(otherHead);
      if (head.length > 0) other.write(head);
      join(client, other);
      resolve();
    });
    outgoing.once('response', (answer) => {
      outgoing.off('error', reject);
      outgoing.on('error', () => client.destroy());
      try {
        statusOf(answer);
        refuses(answer);
      } catch (error) {
        outgoing.destroy();
        return reject(error as Error);
      }
      delete answer.headers['transfer-encoding'];
      client.write(headText(answer, { connection: 'close' }));
      answer.pipe(client);
      // Cut off in the middle: the client is not to wait for the rest.
      answer.once('close', () => answer.complete || client.destroy());
      resolve();
    });
    outgoing.end();
  });
}

/** Pipes with half-close: the end of one direction is passed on, the other goes on; an error ends both. */
function join(client: Duplex, node: Duplex): void {
  client.on('error', () => node.destroy());
  node.on('error', () => client.destroy());
  client.once('close', () => node.destroy());
  node.once('close', () => client.end());
  client.pipe(node);
  node.pipe(client);
}

function headText(answer: IncomingMessage, extra: Record<string, string> = {}): string {
  const lines = [`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage ?? ''}`];
  const skip = new Set(Object.keys(extra));
  for (let i = 0; i + 1 < answer.rawHeaders.length; i += 2) {
    const name = answer.rawHeaders[i]!;
    if (skip.has(name.toLowerCase()) || (extra['connection'] !== undefined && name.toLowerCase() === 'transfer-encoding'))
      continue;
    lines.push(`${name}: ${answer.rawHeaders[i + 1]}`);
  }
  for (const [name, value] of Object.entries(extra)) lines.push(`${name}: ${value}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}
