import { once } from 'node:events';
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { rfc3339 } from '../../common/clock.ts';
import { OoError, errorText } from '../../common/errors.ts';
import { agentErrors } from './agent-errors.ts';
import type { AgentPaths, CallContext } from './call-context.ts';
import { type CallName, callSchemas, type ReplyFrame, requestFrame } from './call-schemas.ts';
import { handlers } from './handlers.ts';
import { openJournal } from './journal/journal.ts';

export function agentSocket(paths: AgentPaths): string {
  return join(paths.runDir, 'agent.sock');
}

/** ms without a connection and without a call after which the agent ends by itself. */
const idleLimit = 15_000;

/**
 * The agent: answers typed calls on a socket that only root can reach. It belongs to no connection: a call that has begun is finished
 * when the operator is gone, and the next connection finds what it did in the journal. Resolves when it is idle or told to end.
 */
export async function runAgent(paths: AgentPaths, options: { idle?: number } = {}): Promise<void> {
  mkdirSync(paths.runDir, { recursive: true, mode: 0o755 });
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  // Who connects while the journal is still being read waits for it.
  const { promise: session, resolve: opened } = Promise.withResolvers<AgentSession>();
  const server = await listen(agentSocket(paths), (socket) => void session.then((ready) => ready.accept(socket)));
  if (server === undefined) return;
  // Only now: an agent that runs already has the journal to itself.
  const journal = await openJournal(paths.stateDir);
  opened(new AgentSession(paths, journal, options.idle ?? idleLimit, end));
  await ended;
  rmSync(agentSocket(paths), { force: true });
  server.close();
}

/** Who works on this server right now. Two operators at once would undo each other. */
interface Lock {
  readonly owner: string;
  readonly since: string;
  readonly socket: Socket;
}

class AgentSession {
  readonly #context: Pick<CallContext, 'journal' | 'paths'>;
  readonly #idle: number;
  readonly #end: () => void;
  readonly #sockets = new Map<Socket, AbortController>();
  #running = 0;
  #lock: Lock | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Calls that change something run one at a time, whoever asks. */
  #changes: Promise<unknown> = Promise.resolve();

  constructor(paths: AgentPaths, journal: CallContext['journal'], idle: number, end: () => void) {
    this.#context = { paths, journal };
    this.#idle = idle;
    this.#end = end;
    this.#rest();
  }

  accept(socket: Socket): void {
    // It may have gone while the journal was being read.
    if (socket.destroyed) return;
    clearTimeout(this.#timer);
    this.#sockets.set(socket, new AbortController());
    const lines = createInterface({ input: socket });
    lines.on('error', () => undefined);
    lines.on('line', (line) => void this.#receive(line, socket));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#sockets.get(socket)?.abort();
      this.#sockets.delete(socket);
      this.#rest();
    });
  }

  async #receive(line: string, socket: Socket): Promise<void> {
    const send = (frame: ReplyFrame) => void (socket.writable && socket.write(`${JSON.stringify(frame)}\n`));
    let id = 0;
    this.#running++;
    try {
      const parsed = requestFrame.safeParse(JSON.parse(line));
      if (!parsed.success) throw agentErrors.BAD_CALL(parsed.error.issues[0]?.message ?? 'no request');
      const frame = parsed.data;
      id = frame.id;
      const progress = (text: string) => send({ id, progress: text });
      const stream = async (text: string) => {
        progress(text);
        if (socket.writableNeedDrain) await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
      };
      const change = frame.change ?? { phase: '', description: '' };
      const gone = this.#sockets.get(socket)?.signal ?? AbortSignal.abort();
      const context: CallContext = { ...this.#context, change, progress, stream, gone };
      send({ id, result: await this.#answer(frame.call, frame.params, context, socket) });
      if (frame.call === 'agent.exit' || frame.call === 'agent.remove') this.#end();
    } catch (error) {
      send({ id, error: describe(error) });
    } finally {
      this.#running--;
      this.#rest();
    }
  }

  async #answer(call: CallName, raw: unknown, context: CallContext, socket: Socket): Promise<unknown> {
    const schema = callSchemas[call];
    const params = schema.params.safeParse(raw);
    if (!params.success) {
      const [issue] = params.error.issues;
      throw agentErrors.BAD_CALL(`${call}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`);
    }
    if (call === 'lock.take') return this.#take(params.data as { owner: string; force: boolean }, socket);
    const handler = handlers[call] as (params: unknown, context: CallContext) => Promise<unknown>;
    if (!schema.changes) return handler(params.data, context);
    if (context.change.phase === '') throw agentErrors.BAD_CALL(`${call} changes this server, but does not say for which phase`);
    const holder = this.#lock;
    if (holder !== undefined && holder.socket !== socket && !holder.socket.destroyed) {
      throw agentErrors.HOST_LOCKED(holder.owner, holder.since);
    }
    const turn = this.#changes.then(() => handler(params.data, context));
    this.#changes = turn.catch(() => undefined);
    return turn;
  }

  /** The lock belongs to a connection. It ends with it, but not before the change that it has begun. */
  async #take(
    { owner, force }: { owner: string; force: boolean },
    socket: Socket,
  ): Promise<Omit<Lock, 'socket'> & { taken: boolean }> {
    const held = this.#lock;
    if (held !== undefined && held.socket !== socket && !held.socket.destroyed && !force) {
      return { taken: false, owner: held.owner, since: held.since };
    }
    await this.#changes;
    this.#lock = { owner, since: rfc3339(Date.now()), socket };
    return { taken: true, owner, since: this.#lock.since };
  }

  #rest(): void {
    clearTimeout(this.#timer);
    if (this.#sockets.size === 0 && this.#running === 0) this.#timer = setTimeout(this.#end, this.#idle);
  }
}

function describe(error: unknown) {
  if (!(error instanceof OoError)) return { code: 'AGENT_FAILED', failure: 'internal', message: errorText(error) };
  const { code, failure, hint } = error;
  return { code, failure, message: errorText(error), ...(hint === undefined ? {} : { hint }) };
}

/** Binds the socket; a file that a killed agent left is replaced, a living agent is not. */
async function listen(path: string, onConnection: (socket: Socket) => void): Promise<Server | undefined> {
  const bind = () =>
    new Promise<Server | undefined>((resolve, reject) => {
      const server = createServer(onConnection);
      server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
      // Until its mode is set, nobody else may reach it either.
      const before = process.umask(0o177);
      server.listen(path, () => resolve(server));
      process.umask(before);
    });
  let server = await bind();
  if (server === undefined && !(await answers(path))) {
    rmSync(path, { force: true });
    server = await bind();
  }
  if (server !== undefined) chmodSync(path, 0o600);
  return server;
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
