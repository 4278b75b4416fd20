import { spawn } from 'node:child_process';
import { agentErrors } from './agent-errors.ts';

/** How a command ended. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** ms, then SIGKILL. @default 60 s */
  readonly timeout?: number;
  /** Each line of either output as it comes. */
  readonly onLine?: (line: string) => void;
}

const limit = 1_000_000;
/** What a command may inherit: proxies, and where to find programs. Nothing of the person who called us. */
const inherited = ['PATH', 'HOME', 'http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];

/** Runs a program with an argument array and no shell; a status other than 0 is an answer, a program that is missing is 127. */
export function runCommand(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const [program = '', ...args] = argv;
  const env: Record<string, string> = { LC_ALL: 'C', ...options.env };
  for (const key of inherited) if (process.env[key] !== undefined) env[key] ??= process.env[key];
  // The system's folders first, those of whoever called us (NixOS has none of the others) last.
  env['PATH'] =
    `/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin${env['PATH'] === undefined ? '' : `:${env['PATH']}`}`;
  return new Promise((resolve) => {
    const child = spawn(program, args, { env, stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] });
    const out = { stdout: '', stderr: '' };
    const timer = setTimeout(() => child.kill('SIGKILL'), options.timeout ?? 60_000);
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
        if (out[name].length < limit) out[name] += chunk;
        for (const line of chunk.split('\n')) if (line.trim() !== '') options.onLine?.(line.trim());
      });
    }
    child.on('error', (error) => {
      clearTimeout(timer);
      resolve({ code: 127, stdout: '', stderr: error.message });
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const note = signal === null ? '' : `\nended by ${signal}`;
      resolve({ code: code ?? 128, stdout: out.stdout, stderr: out.stderr + note });
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input);
  });
}

/** The same, where anything but status 0 is an error that holds the last lines of the output. */
export async function mustRun(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await runCommand(argv, options);
  if (code !== 0) throw agentErrors.COMMAND_FAILED(argv.slice(0, 4).join(' '), `status ${code}`, lastLines(stderr || stdout, 6));
  return stdout;
}

/** The last lines of an output, joined for a message. */
export function lastLines(text: string, count: number): string {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-count)
    .join('; ');
}
