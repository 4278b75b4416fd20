#!/usr/bin/env node
import { errorText, exitCodeOf, OoError } from '../lib/common/errors.ts';
import { redact } from '../lib/common/secrets.ts';
import { runKubecfg } from '../lib/platform/kubecfg/command.ts';

const ending = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => ending.abort());
// Nobody reads what is told any more (`| head`): as an interruption.
process.stdout.on('error', () => ending.abort());
process.stderr.on('error', () => undefined);

try {
  process.exitCode = await runKubecfg(process.argv.slice(2), {
    signal: ending.signal,
    write: (text) => void process.stdout.write(text),
  });
} catch (error) {
  const hint = error instanceof OoError && error.hint !== undefined ? `\n  ${error.hint}` : '';
  process.stderr.write(redact(`kubecfg: ${errorText(error)}${hint}\n`));
  process.exitCode = exitCodeOf(error);
}
