import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Above the ports of the tests' platforms and labs, below the kernel's ephemeral ones: no connection of anybody's gets it meanwhile. */
const FIRST = 26_000;
const END = 30_000;

/** A TCP port of this machine that nobody has now. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, END);
    if (await isFree(port)) return port;
  }
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '0.0.0.0', () => server.close(() => resolve(true)));
  });
