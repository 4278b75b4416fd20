import { errorText, exitCodeOf, OoError } from './errors.ts';
import { redact } from './secrets.ts';

/**
 * Runs what a program does, and resolves with its exit status; what goes wrong is told on standard error, in the program's name. `ending` aborts
 * when the process is asked to end, and when nobody reads on what it tells (`| head`).
 */
export async function runProgram(name: string, run: (ending: AbortSignal) => Promise<number>): Promise<number> {
  const ending = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => ending.abort());
  process.stdout.on('error', () => ending.abort());
  process.stderr.on('error', () => undefined);
  try {
    return await run(ending.signal);
  } catch (error) {
    const hint = error instanceof OoError && error.hint !== undefined ? `\n  ${error.hint}` : '';
    // What an interruption breaks off says so in many ways.
    const text = ending.signal.aborted && !(error instanceof OoError) ? 'interrupted' : errorText(error);
    await tell(redact(`${name}: ${text}${hint}\n`));
    return ending.signal.aborted ? 130 : exitCodeOf(error);
  }
}

/** On standard error; at a terminal broken between words. */
async function tell(text: string): Promise<void> {
  const { isTTY, columns } = process.stderr;
  if (!isTTY) return void process.stderr.write(text);
  const { wrapWords } = await import('./terminal/wrap-words.ts');
  // A terminal that nobody has given a size says 0.
  process.stderr.write(wrapWords(text, columns > 0 ? columns : Infinity));
}
