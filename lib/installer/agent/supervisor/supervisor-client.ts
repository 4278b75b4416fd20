import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ServiceStatus } from './service.ts';
import { openServiceLog } from './service-log.ts';
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
export async function withSupervisor(
  runDir: string,
  command: readonly string[],
  request: SupervisorRequest,
): Promise<readonly ServiceStatus[]> {
  const [program = '', ...args] = command;
  for (let attempt = 0; attempt < 100; attempt++) {
    const services = await askSupervisor(runDir, request);
    if (services !== undefined) return services;
    if (attempt % 50 === 0) {
      mkdirSync(runDir, { recursive: true, mode: 0o755 });
      const log = openServiceLog(join(runDir, 'supervisor.log'));
      spawn(program, [...args, runDir], { detached: true, cwd: '/', stdio: ['ignore', log, log] }).unref();
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the supervisor does not start: see ${join(runDir, 'supervisor.log')}`);
}
