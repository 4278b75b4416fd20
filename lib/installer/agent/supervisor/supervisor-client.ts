import { createConnection } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { reachProcess } from '../reach-process.ts';
import { startDetached } from '../start-detached.ts';
import type { ServiceStatus } from './service.ts';
import { type SupervisorReply, type SupervisorRequest, supervisorSocket } from './supervisor.ts';

/** Asks the supervisor; undefined when none runs. */
export function askSupervisor(runDir: string, request: SupervisorRequest): Promise<readonly ServiceStatus[] | undefined> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(supervisorSocket(runDir));
    // One that ends while it is asked is one that does not run: every request may be sent again.
    const gone = new Set(['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE']);
    socket.once('error', (error: NodeJS.ErrnoException) => (gone.has(error.code ?? '') ? resolve(undefined) : reject(error)));
    socket.once('connect', () => {
      const lines = createInterface({ input: socket });
      // It repeats what the socket says, which is heard below.
      lines.on('error', () => undefined);
      lines.once('line', (line) => {
        socket.end();
        const reply = JSON.parse(line) as SupervisorReply;
        if ('error' in reply) reject(new Error(reply.error));
        else resolve(reply.services);
      });
      socket.write(`${JSON.stringify(request)}\n`);
    });
    socket.once('close', () => resolve(undefined));
  });
}

/** The same, with a supervisor started when none runs. `command` is the argument array that runs supervisor/main.ts, without its folder. */
export function withSupervisor(
  runDir: string,
  command: readonly string[],
  request: SupervisorRequest,
): Promise<readonly ServiceStatus[]> {
  return reachProcess({
    name: 'the supervisor',
    ask: () => askSupervisor(runDir, request),
    start: async () => startDetached([...command, runDir], join(runDir, 'supervisor.log')),
  });
}
