import { chmodSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  defaultRestartPolicy,
  readServiceState,
  type RestartPolicy,
  Service,
  type ServiceSpec,
  type ServiceStatus,
} from './service.ts';

/** What the supervisor is asked over its socket, one JSON line each. Only root can reach the socket. */
export type SupervisorRequest =
  { readonly op: 'start'; readonly spec: ServiceSpec } | { readonly op: 'stop'; readonly name: string } | { readonly op: 'list' };
export type SupervisorReply = { readonly services: readonly ServiceStatus[] } | { readonly error: string };

/** Where the supervisor of a run folder listens. */
export function supervisorSocket(runDir: string): string {
  return join(runDir, 'supervisor.sock');
}

/**
 * Keeps services running on a machine where no init system does. It imports almost nothing, since it stays in memory as long as
 * they run. Resolves when its last service was stopped, or at once when another supervisor is at work.
 */
export async function runSupervisor(runDir: string, policy: RestartPolicy = defaultRestartPolicy): Promise<void> {
  const stateDir = join(runDir, 'services');
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const services = new Map<string, Service>();
  const stateFile = (name: string) => join(stateDir, `${name}.json`);

  const answer = async (request: SupervisorRequest): Promise<SupervisorReply> => {
    if (request.op === 'start') {
      await services.get(request.spec.name)?.stop();
      const service = new Service(request.spec, stateFile(request.spec.name), policy);
      services.set(request.spec.name, service);
      service.start();
    } else if (request.op === 'stop') {
      await services.get(request.name)?.stop();
      services.delete(request.name);
    }
    return { services: [...services.values()].map((service) => service.status()) };
  };

  const server = await listen(supervisorSocket(runDir));
  if (server === undefined) return;
  for (const file of readdirSync(stateDir)) {
    const state = readServiceState(join(stateDir, file));
    if (state === undefined) continue;
    const service = new Service(state.spec, join(stateDir, file), policy);
    services.set(state.spec.name, service);
    service.adopt(state.pid, state.start);
  }
  await serve(
    server,
    answer,
    () => services.size === 0,
    () => services.values(),
  );
  rmSync(supervisorSocket(runDir), { force: true });
}

/** Binds the socket; a file that a killed supervisor left is replaced, a living supervisor is not. */
async function listen(path: string): Promise<Server | undefined> {
  const bind = () =>
    new Promise<Server | undefined>((resolve, reject) => {
      const server = createServer();
      server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
      server.listen(path, () => resolve(server));
    });
  const bound = (await bind()) ?? ((await answers(path)) ? undefined : (rmSync(path, { force: true }), await bind()));
  if (bound !== undefined) chmodSync(path, 0o600);
  return bound;
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => (socket.destroy(), resolve(true)));
    socket.once('error', () => resolve(false));
  });
}

/** Answers requests one after another until nothing is left to supervise. */
function serve(
  server: Server,
  answer: (request: SupervisorRequest) => Promise<SupervisorReply>,
  isIdle: () => boolean,
  services: () => Iterable<Service>,
): Promise<void> {
  let queue = Promise.resolve();
  let connections = 0;
  const tend = setInterval(() => [...services()].forEach((service) => service.tend()), 60_000);
  return new Promise((resolve) => {
    const end = () => {
      if (!isIdle() || connections > 0) return;
      clearInterval(tend);
      server.close(() => resolve());
    };
    server.on('connection', (socket: Socket) => {
      connections++;
      socket.on('error', () => undefined);
      socket.on('close', () => {
        connections--;
        // A client that only looked, or stopped the last service, leaves nothing to do.
        void queue.then(end);
      });
      const lines = createInterface({ input: socket });
      lines.on('error', () => undefined);
      lines.on('line', (line) => {
        queue = queue.then(async () => {
          const reply = await answer(JSON.parse(line) as SupervisorRequest).catch((error: unknown) => ({ error: String(error) }));
          socket.write(`${JSON.stringify(reply)}\n`);
        });
      });
    });
    for (const name of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
      // Asked to end (a shutdown): the services end first, in the order opposite to their start.
      process.on(name, () => {
        if (name === 'SIGHUP') return;
        void [...services()]
          .reverse()
          .reduce((before, service) => before.then(() => service.stop()), queue)
          .then(() => (clearInterval(tend), server.close(), resolve()));
      });
    }
  });
}
