#!/usr/bin/env node
import { createInterface } from 'node:readline/promises';
import { runProgram } from '../lib/common/run-program.ts';
import { runOpenshift } from '../lib/platform/command.ts';

process.exitCode = await runProgram('openshift', (signal) =>
  runOpenshift(process.argv.slice(2), {
    signal,
    write: (text) => void process.stdout.write(text),
    ...(process.stdin.isTTY && process.stderr.isTTY ? { ask: (question) => ask(question, signal) } : {}),
  }),
);

/** On the terminal itself, wherever the output goes. Anything but yes is no. */
async function ask(question: string, signal: AbortSignal): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `, { signal })).trim());
  } finally {
    terminal.close();
  }
}
