import { createServer } from 'node:net';

/** Why the port of this machine cannot be had; undefined: it can. */
export function portProblem(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'EADDRINUSE' ? 'something else listens there' : error.message),
    );
    // Node's own listener shares no port with another, and is gone before the router comes.
    server.listen({ port, host: '0.0.0.0', exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
