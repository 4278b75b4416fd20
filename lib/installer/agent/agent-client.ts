import type { Readable, Writable } from 'node:stream';
import { type FailureClass, OoError } from '../../common/errors.ts';
import { agentErrors } from './agent-errors.ts';
import { replyFrame } from './calls/frames.ts';
import { callSchemas, type CallName, type CallParams, type CallResult } from './call-schemas.ts';
import { heartbeat } from './host-lock.ts';
import { onFrames } from './read-frames.ts';

/** Both directions of a connection to an agent: a socket, or the pipes of a process that relays them. */
export interface AgentConnection {
  readonly input: Readable;
  readonly output: Writable;
  /** Why it ended, for the calls that still wait. */
  readonly ended: Promise<Error>;
  close(): void;
}

/** Who changes what: the agent writes both into its journal. */
export interface ChangeLabel {
  readonly phase: string;
  readonly description: string;
}

/** Typed calls over one connection, any number at a time. */
export interface AgentClient {
  call<K extends CallName>(
    name: K,
    params: CallParams<K>,
    options?: { change?: ChangeLabel; onProgress?: (line: string) => void },
  ): Promise<CallResult<K>>;
  close(): void;
}

interface Waiting {
  readonly name: CallName;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly onProgress: ((line: string) => void) | undefined;
}

const failures: ReadonlySet<string> = new Set<FailureClass>([
  'usage',
  'preflight',
  'connection',
  'docker',
  'platform',
  'conflict',
  'interrupted',
  'internal',
]);

/** Calls over one connection; many may wait for their answers at a time. `host` is for messages. */
export function agentClient(connection: AgentConnection, host: string): AgentClient {
  const waiting = new Map<number, Waiting>();
  let nextId = 1;
  let over: Error | undefined;

  // Says that we are still there: who holds the lock of a server and says nothing loses it.
  const beat = setInterval(() => void send('hello', {}).catch(() => undefined), heartbeat).unref();
  void connection.ended.then((reason) => {
    clearInterval(beat);
    over ??= new OoError('AGENT_LOST', 'connection', `${host}: the connection to the agent was lost`, {
      cause: reason,
      hint: 'what the agent had begun it finishes; run the same command again to go on',
    });
    for (const call of waiting.values()) call.reject(over);
    waiting.clear();
  });
  /** What it says cannot be trusted to be an answer to anything any more. */
  const refuse = (cause: unknown): void => {
    over ??= agentErrors.ANSWER_STRANGE(host, 'a call', { cause });
    for (const call of waiting.values()) call.reject(over);
    waiting.clear();
    clearInterval(beat);
    connection.close();
  };
  onFrames(connection.input, replyFrame, refuse, (frame) => {
    const call = waiting.get(frame.id);
    if (call === undefined) return;
    if ('progress' in frame) return call.onProgress?.(frame.progress);
    waiting.delete(frame.id);
    if ('error' in frame) call.reject(remoteError(frame.error));
    else {
      const result = callSchemas[call.name].result.safeParse(frame.result);
      if (result.success) call.resolve(result.data);
      else call.reject(agentErrors.ANSWER_STRANGE(host, call.name, { cause: result.error }));
    }
  });

  const send: AgentClient['call'] = (name, params, options = {}) =>
    new Promise((resolve, reject) => {
      if (over !== undefined) return reject(over);
      const id = nextId++;
      waiting.set(id, { name, resolve: resolve as (result: unknown) => void, reject, onProgress: options.onProgress });
      const { change } = options;
      connection.output.write(`${JSON.stringify({ id, call: name, params, ...(change === undefined ? {} : { change }) })}\n`);
    });
  return {
    call: send,
    close: () => {
      clearInterval(beat);
      connection.close();
    },
  };
}

function remoteError(error: { code: string; failure: string; message: string; hint?: string | undefined }): OoError {
  const failure = failures.has(error.failure) ? (error.failure as FailureClass) : 'internal';
  return new OoError(error.code, failure, error.message, error.hint === undefined ? {} : { hint: error.hint });
}
