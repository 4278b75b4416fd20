import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { patient } from './patience.ts';

/** What a finished command left. A command ended by a signal has code 128 + the signal's number where known, else 255. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly stdin?: string | Buffer | Readable;
  /** ms of an idle machine; the command is killed then. @default 60000 */
  readonly timeout?: number;
  /** Any exit code is a result, not an error. @default false */
  readonly anyCode?: boolean;
}

/** Runs a program without a shell. @throws Error with command, code and both outputs when it fails */
export async function runCommand(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const [file, ...args] = argv;
  const child = spawn(file!, args, {
    cwd: options.cwd,
    env: options.env === undefined ? process.env : { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: patient(options.timeout ?? 60_000),
    killSignal: 'SIGKILL',
  });
  // A program that ends without reading its input is no error of ours.
  child.stdin.on('error', () => undefined);
  if (typeof options.stdin === 'object' && 'pipe' in options.stdin) options.stdin.pipe(child.stdin);
  else child.stdin.end(options.stdin ?? '');
  const [stdout, stderr, code] = await Promise.all([
    collect(child.stdout),
    collect(child.stderr),
    new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve(code ?? (signal === 'SIGKILL' ? 137 : signal === 'SIGTERM' ? 143 : 255)));
    }),
  ]);
  const result = { code, stdout, stderr };
  if (code !== 0 && options.anyCode !== true) throw new CommandFailed(argv, result);
  return result;
}

async function collect(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** Says what ran and all that it printed: enough to mend a test from its report alone. */
export class CommandFailed extends Error {
  readonly result: CommandResult;

  constructor(argv: readonly string[], result: CommandResult) {
    super(
      `${argv.join(' ').slice(0, 400)}: exit code ${result.code}\n${result.stdout.slice(-6000)}${result.stderr.slice(-6000)}`,
    );
    this.name = 'CommandFailed';
    this.result = result;
  }
}
