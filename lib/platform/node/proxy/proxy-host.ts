import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';

/** What a program left. */
export interface ProgramResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How the proxy reaches the kernel: programs, and files below /proc. Tests put a network namespace in between. */
export interface ProxyHost {
  /** Runs a program without a shell. A program that is not there gives code 127. Never rejects. */
  run(file: string, args: readonly string[], input?: string): Promise<ProgramResult>;
  /** The file's text, undefined when it cannot be read. */
  read(path: string): Promise<string | undefined>;
  /** Rejects when it cannot be written. */
  write(path: string, text: string): Promise<void>;
}

const TIMEOUT_MS = 30_000;
const MAX_OUTPUT = 256 * 1024 * 1024;
/** Debian's administrators' programs are not on every account's path. */
const PATH = `${process.env.PATH ?? ''}:/usr/sbin:/sbin:/usr/bin:/bin`;

/** This machine, with programs run behind `prefix` (for example `ip netns exec NAME`). */
export function machineHost(prefix: readonly string[] = []): ProxyHost {
  const [first, ...rest] = prefix;
  const argv = (file: string, args: readonly string[]): [string, string[]] =>
    first === undefined ? [file, [...args]] : [first, [...rest, file, ...args]];
  return {
    run: (file, args, input) => runProgram(...argv(file, args), input),
    async read(path) {
      if (first === undefined) return readFile(path, 'utf8').catch(() => undefined);
      const { code, stdout } = await runProgram(...argv('cat', [path]));
      return code === 0 ? stdout : undefined;
    },
    async write(path, text) {
      if (first === undefined) return writeFile(path, text);
      const { code, stderr } = await runProgram(...argv('tee', [path]), text);
      if (code !== 0) throw new Error(stderr.trim());
      return undefined;
    },
  };
}

function runProgram(file: string, args: readonly string[], input?: string): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const env = { PATH, LC_ALL: 'C' };
    const child = execFile(file, args, { env, timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT }, (error, stdout, stderr) => {
      if (error === null) resolve({ code: 0, stdout, stderr });
      else if ((error as NodeJS.ErrnoException).code === 'ENOENT') resolve({ code: 127, stdout, stderr: `${file}: not found` });
      else
        resolve({
          code: typeof error.code === 'number' ? error.code : 255,
          stdout,
          stderr: stderr === '' ? error.message : stderr,
        });
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input ?? '');
  });
}
