import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { CallContext, Handlers } from '../call-context.ts';
import { runCommand } from '../run-command.ts';

/** Characters of a line that are passed on. A log may hold anything. */
const longestLine = 16_384;

/** Lines of a unit's journal or of a file: the last ones, and those to come. */
export const logHandlers: Handlers<'log.tail' | 'log.stream'> = {
  'log.tail': async ({ unit, file, lines }) => {
    if (unit !== undefined) {
      const { stdout } = await runCommand(['journalctl', '--no-pager', '-q', '-o', 'cat', '-n', String(lines), '-u', unit]);
      return { lines: stdout.split('\n').filter((line) => line !== '') };
    }
    const text = file === undefined ? '' : await readFile(file, 'utf8').catch(() => '');
    return {
      lines: text
        .split('\n')
        .filter((line) => line !== '')
        .slice(-lines),
    };
  },

  'log.stream': async ({ unit, file, lines, follow }, context) => {
    const count = String(lines);
    const journal = ['journalctl', '--no-pager', '-q', '-o', 'cat', '-n', count, ...(follow ? ['-f'] : []), '-u', unit ?? ''];
    // By name (-F): our supervisor copies a log that is too long away and empties it, and it may not be there yet.
    const tail = ['tail', '-n', count, ...(follow ? ['-F'] : []), '--', file ?? ''];
    await streamOutput(unit === undefined ? tail : journal, context);
    return {};
  },
};

/** Each line of a program's output, until it ends or nobody is there to read any more. */
async function streamOutput(argv: readonly string[], { gone, stream }: CallContext): Promise<void> {
  const [program = '', ...args] = argv;
  const PATH = `${process.env['PATH'] ?? ''}:/usr/bin:/bin`;
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'], env: { LC_ALL: 'C', PATH } });
  const ended = once(child, 'close').catch(() => undefined);
  const stop = (): void => void child.kill('SIGKILL');
  gone.addEventListener('abort', stop, { once: true });
  if (gone.aborted) stop();
  try {
    for await (const line of createInterface({ input: child.stdout, crlfDelay: Infinity })) {
      if (gone.aborted) break;
      await stream(line.slice(0, longestLine));
    }
  } finally {
    stop();
    await ended;
    gone.removeEventListener('abort', stop);
  }
}
