import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { packageRoot } from '../../lib/common/assets.ts';
import type { KubeObject } from '../../lib/platform/api/meta.ts';
import { eventually } from './eventually.ts';
import { patient } from './patience.ts';
import { runCommand, type CommandOptions, type CommandResult } from './run-command.ts';

/** The release of Debian whose kubectl is the client: `trixie`, that users have, or `sid`, the newest. */
export const KUBECTL_RELEASE = process.env['OO_TEST_KUBECTL'] || 'trixie';

/** For a command of kubectl that waits and is to succeed: longer than a slow machine takes, and over before it is killed, so that it says what did not come. */
export const IN_TIME = `--timeout=${patient(55)}s`;

/** kubectl as Debian packages it (test/setup/unpacked.sh), unmodified. */
export const KUBECTL = join(packageRoot(), '.cache', `kubectl-${KUBECTL_RELEASE}`, 'usr', 'bin', 'kubectl');

/** The client's minor version: what of its own text differs is asked of it, and what it does not have yet. */
export function kubectlMinor(): number {
  return Number(/v1\.(\d+)/.exec(spawnSync(KUBECTL, ['version', '--client']).stdout?.toString() ?? '')?.[1]);
}

/** Runs kubectl with these arguments. @throws CommandFailed when it fails, unless `anyCode` */
export interface Kubectl {
  (args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Standard output, without the last newline. */
  text(...args: string[]): Promise<string>;
  /** The object or list that `-o json` prints. */
  json<T = KubeObject>(...args: string[]): Promise<T>;
  /** What it prints on standard error when it fails; fails when it does not. */
  failure(args: readonly string[], options?: CommandOptions): Promise<string>;
  /** Creates from a manifest: an object becomes JSON, a text is sent as it is. */
  create(manifest: object | string, ...args: string[]): Promise<string>;
  apply(manifest: object | string, ...args: string[]): Promise<string>;
  /** Leaves it running, for watches, followed logs and port-forwards. */
  start(args: readonly string[], options?: { terminal?: boolean; env?: Record<string, string> }): RunningCommand;
}

/** A command that still runs. Ended with `await using`. */
export interface RunningCommand extends AsyncDisposable {
  readonly stdin: Writable;
  /** Both outputs so far. */
  output(): string;
  /** Resolves with the first match in the output, or fails after `timeout` ms of an idle machine (30000 unless told). */
  until(pattern: RegExp, timeout?: number): Promise<RegExpExecArray>;
  /** Resolves with its exit code. It is killed after `timeout` ms of an idle machine (30000 unless told). */
  ended(timeout?: number): Promise<number>;
}

/**
 * What a slow client says of the empty message that a session over WebSocket begins with, as Kubernetes' own servers send it: client-go may read
 * before it has made its streams. What it loses of the output itself, tests miss there.
 */
const EARLY_MESSAGE = /^E\d{4} .*\] Unknown stream id \d, discarding message\n/gm;

/** kubectl with one kubeconfig and a home folder of its own, so that caches of platforms do not mix. */
export function createKubectl(kubeconfig: string, home: string): Kubectl {
  mkdirSync(home, { recursive: true });
  const env = {
    KUBECONFIG: kubeconfig,
    HOME: home,
    KUBECACHEDIR: join(home, 'cache'),
    TERM: 'xterm',
    LC_ALL: 'C.UTF-8',
    // Go collects garbage for a fifth of such a short life; some thousand are started.
    GOGC: '400',
  };
  const run = async (args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> => {
    const result = await runCommand([KUBECTL, ...args], { ...options, env: { ...env, ...options.env } });
    return { ...result, stderr: result.stderr.replace(EARLY_MESSAGE, '') };
  };
  const send = async (verb: string, manifest: object | string, args: string[]): Promise<string> => {
    const stdin = typeof manifest === 'string' ? manifest : JSON.stringify(manifest);
    return (await run([verb, '-f', '-', ...args], { stdin })).stdout;
  };
  return Object.assign(run, {
    text: async (...args: string[]) => (await run(args)).stdout.replace(/\n$/, ''),
    json: async <T>(...args: string[]) => JSON.parse((await run([...args, '-o', 'json'])).stdout) as T,
    async failure(args: readonly string[], options: CommandOptions = {}) {
      const result = await run(args, { ...options, anyCode: true });
      if (result.code === 0) throw new Error(`kubectl ${args.join(' ')} did not fail; it printed\n${result.stdout}`);
      return result.stderr;
    },
    create: (manifest: object | string, ...args: string[]) => send('create', manifest, args),
    apply: (manifest: object | string, ...args: string[]) => send('apply', manifest, args),
    start: (args: readonly string[], options: { terminal?: boolean; env?: Record<string, string> } = {}) => {
      const argv = options.terminal === true ? onTerminal([KUBECTL, ...args]) : [KUBECTL, ...args];
      return startCommand(argv, { ...process.env, ...env, ...options.env });
    },
  });
}

/** On a pseudo-terminal of util-linux' script, as at a keyboard, 40 lines of 120 columns. */
function onTerminal(argv: readonly string[]): string[] {
  const quoted = argv.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  return ['script', '--quiet', '--return', '--flush', '--command', `stty rows 40 cols 120; exec ${quoted}`, '/dev/null'];
}

/** Starts a program and keeps what it prints. */
export function startCommand(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): RunningCommand {
  const child: ChildProcessByStdio<Writable, Readable, Readable> = spawn(argv[0]!, argv.slice(1), { env, stdio: 'pipe' });
  let text = '';
  child.stdin.on('error', () => undefined);
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const closed = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 255));
  });
  closed.catch(() => undefined);
  const command: RunningCommand = {
    stdin: child.stdin,
    output: () => text,
    until: (pattern, timeout = 30_000) =>
      eventually(
        () => {
          const match = pattern.exec(text);
          if (match === null) throw new Error(`${argv.join(' ')} has not printed ${String(pattern)}, but\n${text}`);
          return match;
        },
        { timeout },
      ),
    ended: async (timeout = 30_000) => {
      const timer = setTimeout(() => child.kill('SIGKILL'), patient(timeout));
      const code = await closed;
      clearTimeout(timer);
      return code;
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await command.ended(500);
    },
  };
  return command;
}
