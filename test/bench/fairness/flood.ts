/**
 * A client that asks for everything at once: so many lists are always under way, over connections of their own, as one user. Its
 * parent tells it where, and when to end.
 */
import { Agent, request } from 'node:https';

export interface Flood {
  readonly port: number;
  readonly caPem: string;
  readonly certPem: string;
  readonly keyPem: string;
  readonly path: string;
  readonly connections: number;
}

let ended = false;
process.on('message', ({ port, caPem, certPem, keyPem, path, connections }: Flood) => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections, ca: caPem, cert: certPem, key: keyPem });
  // Its parent goes on when all connections are there.
  let answered = 0;
  const ask = (): void => {
    if (ended) return;
    const sent = request({ agent, host: '127.0.0.1', port, path, headers: { 'impersonate-user': 'noisy' } }, (response) => {
      response.resume();
      response.once('end', () => {
        if (++answered === connections) process.send!('begun');
        ask();
      });
    });
    sent.once('error', () => setTimeout(ask, 10));
    sent.end();
  };
  for (let i = 0; i < connections; i++) ask();
});
process.on('disconnect', () => {
  ended = true;
  // oxlint-disable-next-line unicorn/no-process-exit -- the parent is gone; nothing here is worth an orderly end
  process.exit();
});
