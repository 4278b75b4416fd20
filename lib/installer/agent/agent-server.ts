import { once } from 'node:events';
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { OoError, errorText } from '../../common/errors.ts';
import { agentErrors } from './agent-errors.ts';
import { type AgentPaths, agentSocket, type CallContext } from './call-context.ts';
import { requestFrame, type ReplyFrame } from './calls/frames.ts';
import { callSchemas, type CallName, type CallParams } from './call-schemas.ts';
import { handlers } from './handlers.ts';
import { HostLock } from './host-lock.ts';
import { openJournal } from './journal/journal.ts';

/** In ms. */
export interface AgentLimits {
  /** Without a connection and without a call, until the agent ends by itself. */
  readonly idle?: number;
  /** Without a word of who holds the lock. */
  readonly silence?: number;
}

/** ms without a connection and without a call after which the agent ends by itself. */
const idleLimit = 15_000;

/**
 * The agent: answers typed calls on a socket that only root can reach. It belongs to no connection: a call that has begun is finished
 * when the operator is gone, and the next connection finds what it did in the journal. Resolves when it is idle or told to end.
 */
export async function runAgent(paths: AgentPaths, limits: AgentLimits = {}): Promise<void> {
  mkdirSync(paths.runDir, { recursive: true, mode: 0o755 });
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  // Who connects while the journal is still being read waits for it.
  const { promise: session, resolve: opened } = Promise.withResolvers<AgentSession>();
  const server = await listen(agentSocket(paths), (socket) => void session.then((ready) => ready.accept(socket)));
  if (server === undefined) return;
  // Only now: an agent that runs already has the journal to itself.
  const journal = await openJournal(paths.stateDir);
  opened(new AgentSession(paths, journal, limits, end));
  await ended;
  rmSync(agentSocket(paths), { force: true });
  server.close();
}

const numbered = z.object({ id: z.int().positive() });

class AgentSession {
  readonly #context: Pick<CallContext, 'journal' | 'paths'>;
  readonly #idle: number;
  readonly #end: () => void;
  readonly #sockets = new Map<Socket, AbortController>();
  #running = 0;
  /** Two operators at once would undo each other. */
  readonly #lock: HostLock;
  #timer: NodeJS.Timeout | undefined;
  #over = false;

  constructor(paths: AgentPaths, journal: CallContext['journal'], limits: AgentLimits, end: () => void) {
    this.#context = { paths, journal };
    this.#idle = limits.idle ?? idleLimit;
    this.#lock = new HostLock(limits.silence);
    this.#end = () => {
      this.#over = true;
      end();
    };
    setInterval(() => this.#lock.dropSilent(), Math.min(5_000, limits.silence ?? 5_000)).unref();
    this.#rest();
  }

  accept(socket: Socket): void {
    // It may have gone while the journal was being read.
    if (socket.destroyed) return;
    clearTimeout(this.#timer);
    this.#sockets.set(socket, new AbortController());
    const lines = createInterface({ input: socket });
    lines.on('error', () => undefined);
    this.#lock.heard(socket);
    lines.on('line', (line) => {
      this.#lock.heard(socket);
      void this.#receive(line, socket);
    });
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
      const raw = JSON.parse(line) as unknown;
      // A call that only a newer operator knows is answered all the same.
      id = numbered.safeParse(raw).data?.id ?? 0;
      const parsed = requestFrame.safeParse(raw);
      if (!parsed.success) throw agentErrors.BAD_CALL(parsed.error.issues[0]?.message ?? 'no request');
      const frame = parsed.data;
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
    if (call === 'lock.take') return this.#lock.take(params.data as CallParams<'lock.take'>, socket, context.progress);
    const handler = handlers[call] as (params: unknown, context: CallContext) => Promise<unknown>;
    if (!schema.changes) return handler(params.data, context);
    if (context.change.phase === '') throw agentErrors.BAD_CALL(`${call} changes this server, but does not say for which phase`);
    return this.#lock.change(socket, context.change.description, () => handler(params.data, context));
  }

  #rest(): void {
    clearTimeout(this.#timer);
    if (!this.#over && this.#sockets.size === 0 && this.#running === 0) this.#timer = setTimeout(this.#end, this.#idle);
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
