import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';

export interface CuttingRelay extends AsyncDisposable {
  readonly port: number;
  /** Connections that were relayed so far. */
  readonly connections: number;
  /** The next connection ends after so many bytes from the client. Not set: it lives. A function says it for each one that comes. */
  cutAfter(bytes: number | undefined | (() => number)): void;
  /** Ends every connection now. */
  cut(): void;
  /** Bytes from clients that were relayed so far. */
  readonly bytes: number;
}

/** A TCP relay that cuts the connections that go through it, at a byte of one's choice. */
export async function cuttingRelay(target: { readonly host: string; readonly port: number }): Promise<CuttingRelay> {
  let limit: number | undefined | (() => number);
  let connections = 0;
  let bytes = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    connections++;
    const onward = createConnection(target);
    const left = { bytes: (typeof limit === 'function' ? limit() : limit) ?? Number.POSITIVE_INFINITY };
    if (typeof limit === 'number') limit = undefined;
    for (const socket of [client, onward]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        // What came before the cut is still on its way.
        if (left.bytes > 0) onward.destroy();
      });
    }
    onward.pipe(client);
    client.on('data', (chunk: Buffer) => {
      const part = chunk.subarray(0, left.bytes);
      left.bytes -= part.length;
      bytes += part.length;
      if (left.bytes === 0) {
        // What came before the cut arrives there: the far end sees an ordinary end, this one a reset.
        onward.end(part);
        client.resetAndDestroy();
      } else if (!onward.write(part)) {
        client.pause();
        onward.once('drain', () => client.resume());
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    cut: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    get bytes() {
      return bytes;
    },
    cutAfter: (after) => (limit = after),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
