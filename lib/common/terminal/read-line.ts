import { closeSync, openSync } from 'node:fs';
import { isatty, ReadStream, WriteStream } from 'node:tty';
import { lineEditor } from './line-editor.ts';

/** The terminal of this process, wherever its standard input comes from. */
export const TERMINAL = '/dev/tty';

/** What came of a question: a line, somebody who ended it (Ctrl-C, Ctrl-D or the signal), or a terminal that went away. */
export type Answer = { readonly line: string } | { readonly line?: undefined; readonly ended: 'interrupted' | 'gone' };

export function isTerminal(device: string): boolean {
  try {
    const fd = openSync(device, 'r+');
    const is = isatty(fd);
    closeSync(fd);
    return is;
  } catch {
    return false;
  }
}

/** Draws a question, as it is in so many columns, and reads a line, shown or not while it is typed. The terminal is as it was before, however this ends. */
export async function readLine(
  device: string,
  question: (columns: number) => string,
  { echo, signal }: { readonly echo: boolean; readonly signal: AbortSignal | undefined },
): Promise<Answer> {
  if (signal?.aborted === true) return { ended: 'interrupted' };
  const input = new ReadStream(openSync(device, 'r'));
  const output = new WriteStream(openSync(device, 'w'));
  // A terminal that goes away is told by its input's end.
  output.on('error', () => undefined);
  const editor = lineEditor({ echo });
  const answered = Promise.withResolvers<Answer>();
  const abort = (): void => answered.resolve({ ended: 'interrupted' });
  input.on('data', (bytes: Buffer) => {
    const { state, draw } = editor.feed(bytes);
    output.write(draw);
    if (state === 'done') answered.resolve({ line: editor.text });
    if (state === 'ended' || state === 'interrupted') abort();
    // Raw mode keeps the terminal from sending the signal: whoever handles it is to know.
    if (state === 'interrupted') process.kill(process.pid, 'SIGINT');
  });
  for (const event of ['end', 'error'] as const) input.on(event, () => answered.resolve({ ended: 'gone' }));
  signal?.addEventListener('abort', abort, { once: true });
  try {
    input.setRawMode(true);
    // A terminal that does not know its own size has 0 columns. The last one stays free for what is typed.
    output.write(question(output.columns > 0 ? output.columns - 1 : Infinity));
    return await answered.promise;
  } finally {
    signal?.removeEventListener('abort', abort);
    input.setRawMode(false);
    output.write('\n');
    input.destroy();
    output.destroy();
  }
}
