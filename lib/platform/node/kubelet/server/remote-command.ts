import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { errorText } from '../../../../common/errors.ts';
import type { Log } from '../../../../common/log.ts';
import type { AttachSession, ContainerRuntime, ExecSession } from '../../../runtime/container-runtime.ts';
import { containerSpec, flag } from './pod-request.ts';
import type { NodePod } from './pod-source.ts';
import { TextError } from './text-error.ts';
import { resizeInOrder } from './resize-in-order.ts';

export interface TerminalSize {
  readonly width: number;
  readonly height: number;
}

/** What the client of an exec or attach wants to be connected to. */
export interface CommandOptions {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** The client's end of an exec or attach, whatever carries it (remote-command-websocket.ts, remote-command-spdy.ts). */
export interface RemoteStreams {
  readonly stdin: Readable | undefined;
  readonly stdout: Writable | undefined;
  readonly stderr: Writable | undefined;
  /** Called with every new terminal size, also with those that came before. */
  onResize(listener: (size: TerminalSize) => void): void;
  /** Resolves when the client is gone. */
  readonly gone: Promise<void>;
  /** Sends the outcome in the way of the negotiated protocol, after all output, and closes. */
  finish(outcome: Outcome): Promise<void>;
}

/** How a command ended: with an exit code, or not started / lost. */
export type Outcome = { readonly exitCode: number } | { readonly error: string };

/** The client's choice (the kubelet's names and the API's). Throws 400 when nothing is asked for. */
export function commandOptions(query: URLSearchParams): CommandOptions {
  const tty = flag(query, 'tty');
  const stdin = flag(query, 'input', 'stdin');
  const stdout = flag(query, 'output', 'stdout');
  // A terminal has one output.
  const stderr = flag(query, 'error', 'stderr') && !tty;
  if (!stdin && !stdout && !stderr) throw new TextError(400, 'you must specify at least 1 of stdin, stdout, stderr');
  return { stdin, stdout, stderr, tty };
}

/** A metav1.Status as the remote command protocols from v4 on put it on the error stream (kubelet, exec.go). */
function outcomeStatus(outcome: Outcome): object {
  if ('error' in outcome)
    return {
      metadata: {},
      status: 'Failure',
      message: `Internal error occurred: ${outcome.error}`,
      reason: 'InternalError',
      details: { causes: [{ message: outcome.error }] },
      code: 500,
    };
  if (outcome.exitCode === 0) return { metadata: {}, status: 'Success' };
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${outcome.exitCode}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(outcome.exitCode) }] },
  };
}

/** What goes on the error stream: protocols before v4 say only what went wrong, as text. */
export function encodeOutcome(outcome: Outcome, protocolVersion: number): string {
  if (protocolVersion >= 4) return JSON.stringify(outcomeStatus(outcome));
  if ('error' in outcome) return outcome.error;
  return outcome.exitCode === 0 ? '' : `command terminated with non-zero exit code: exit status ${outcome.exitCode}`;
}

type Session = Omit<ExecSession, 'wait'> & Partial<Pick<ExecSession, 'wait'>>;

/** Runs a command in the container and joins it to the client. Never rejects. */
export async function runExec(
  deps: { runtime: Pick<ContainerRuntime, 'exec'>; log: Log },
  id: string,
  command: readonly string[],
  options: CommandOptions,
  client: RemoteStreams,
): Promise<void> {
  const what = 'error executing command in container';
  await runSession(() => deps.runtime.exec(id, { command, stdin: options.stdin, tty: options.tty }), what, client, deps.log);
}

/** Joins the client to the container's own process. Never rejects. */
export async function runAttach(
  deps: { runtime: Pick<ContainerRuntime, 'attach'>; log: Log },
  id: string,
  pod: NodePod,
  container: string,
  options: CommandOptions,
  client: RemoteStreams,
): Promise<void> {
  // Whether the outputs are one is the container's matter, not the client's.
  const tty = containerSpec(pod.object, container)?.tty === true;
  const wanted = { stdin: options.stdin, stdout: options.stdout, stderr: options.stderr && !tty, tty };
  await runSession(
    (): Promise<AttachSession> => deps.runtime.attach(id, wanted),
    'error attaching to container',
    client,
    deps.log,
  );
}

async function runSession(open: () => Promise<Session>, what: string, client: RemoteStreams, log: Log): Promise<void> {
  let session: Session;
  try {
    session = await open();
  } catch (error) {
    log.warn({ error: errorText(error) }, what);
    await client.finish({ error: `${what}: ${errorText(error)}` });
    return;
  }
  const outcome = joined(session, client).catch((error: unknown) => ({ error: `${what}: ${errorText(error)}` }));
  const ended = await Promise.race([outcome, client.gone.then(() => undefined)]);
  // A client that went away takes nothing with it but this session: the process sees the end of its input.
  session.stdin?.end();
  if (ended !== undefined) await client.finish(ended);
  session.close();
}

async function joined(session: Session, client: RemoteStreams): Promise<Outcome> {
  client.onResize(resizeInOrder((size) => session.resize(size)));
  if (session.stdin !== undefined && client.stdin !== undefined) feed(client.stdin, session.stdin);
  await Promise.all([drain(session.stdout, client.stdout), drain(session.stderr, client.stderr)]);
  return { exitCode: session.wait === undefined ? 0 : await session.wait() };
}

/** The process may end, or close its input, before the client has said everything: no fault of either, and the rest is dropped. */
function feed(from: Readable, to: NodeJS.WritableStream): void {
  const drop = (): void => void from.resume();
  to.on('error', drop).on('close', drop);
  from.on('error', () => to.end()).pipe(to);
}

/** All of an output to the client; to nobody, when the client did not ask for it. */
async function drain(output: Readable | undefined, to: Writable | undefined): Promise<void> {
  if (output === undefined) return;
  if (to !== undefined) return pipeline(output, to);
  output.resume();
  await new Promise<void>((resolve) =>
    output
      .once('close', resolve)
      .once('end', resolve)
      .once('error', () => resolve()),
  );
}

const MAX_PENDING_RESIZE = 4096;

/** Reads `{"Width":80,"Height":24}` objects, one after another, from the chunks of a resize stream. What is not one is skipped. */
export class ResizeParser {
  #pending = '';

  push(chunk: Buffer): TerminalSize[] {
    this.#pending = (this.#pending + chunk.toString('latin1')).slice(-MAX_PENDING_RESIZE);
    const sizes: TerminalSize[] = [];
    for (let end = this.#pending.indexOf('}'); end >= 0; end = this.#pending.indexOf('}')) {
      const size = parseSize(this.#pending.slice(0, end + 1));
      this.#pending = this.#pending.slice(end + 1);
      if (size !== undefined) sizes.push(size);
    }
    return sizes;
  }
}

function parseSize(text: string): TerminalSize | undefined {
  try {
    const fields = new Map(
      Object.entries(JSON.parse(text) as object).map(([name, value]) => [name.toLowerCase(), value as unknown]),
    );
    const width = fields.get('width');
    const height = fields.get('height');
    return isSize(width) && isSize(height) ? { width, height } : undefined;
  } catch {
    return undefined;
  }
}

const isSize = (value: unknown): value is number => Number.isInteger(value) && (value as number) > 0 && (value as number) < 65536;
