import { spawn } from 'node:child_process';
import { closeSync, fstatSync, readFileSync } from 'node:fs';
import type { StartedProcess } from './reach-process.ts';
import { lastLines } from './run-command.ts';
import { openServiceLog } from './supervisor/service-log.ts';

/** Starts a program in a session of its own, with a log: it outlives us. How it ended is known with the last lines that it wrote. */
export function startDetached(argv: readonly string[], log: string): StartedProcess {
  const [program = '', ...args] = argv;
  const file = openServiceLog(log);
  const { size } = fstatSync(file);
  let end: string | undefined;
  try {
    const child = spawn(program, args, { detached: true, cwd: '/', stdio: ['ignore', file, file] });
    child.on('error', (error) => (end ??= error.message));
    child.on('exit', (code, signal) => (end ??= signal === null ? `it ended with status ${code}` : `it was ended by ${signal}`));
    child.unref();
  } finally {
    closeSync(file);
  }
  return {
    log,
    ended: async () => {
      if (end === undefined) return undefined;
      const said = lastLines(readFileSync(log).subarray(size).toString(), 3);
      return said === '' ? end : `${end}: ${said}`;
    },
  };
}
