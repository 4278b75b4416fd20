#!/usr/bin/env node
import { createInterface } from 'node:readline/promises';
import { errorText, exitCodeOf, OoError } from '../lib/common/errors.ts';
import { redact } from '../lib/common/secrets.ts';
import { runOpenshift } from '../lib/platform/command.ts';

const ending = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => ending.abort());
// Nobody reads what is told any more (`| head`): as an interruption.
process.stdout.on('error', () => ending.abort());
process.stderr.on('error', () => undefined);

try {
  process.exitCode = await runOpenshift(process.argv.slice(2), {
    signal: ending.signal,
    write: (text) => void process.stdout.write(text),
    ...(process.stdin.isTTY && process.stderr.isTTY ? { ask } : {}),
  });
} catch (error) {
  const hint = error instanceof OoError && error.hint !== undefined ? `\n  ${error.hint}` : '';
  // What an interruption breaks off says so in many ways.
  const text = ending.signal.aborted && !(error instanceof OoError) ? 'interrupted' : errorText(error);
  process.stderr.write(redact(`openshift: ${text}${hint}\n`));
  process.exitCode = ending.signal.aborted ? 130 : exitCodeOf(error);
}

/** On the terminal itself, wherever the output goes. Anything but yes is no. */
async function ask(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `, { signal: ending.signal })).trim());
  } finally {
    terminal.close();
  }
}
