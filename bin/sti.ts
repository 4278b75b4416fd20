#!/usr/bin/env node
import { written } from '../lib/common/written.ts';
import { runSti } from '../lib/platform/builds/sti/command.ts';

// bin/sti points the loader at our libatomic: that was for this process alone.
if (process.env['LD_LIBRARY_PATH']?.includes('/node_modules/.oo-runtime/lib')) {
  const others = process.env['LD_LIBRARY_PATH'].split(':').filter((path) => !path.endsWith('/node_modules/.oo-runtime/lib'));
  if (others.length === 0) delete process.env['LD_LIBRARY_PATH'];
  else process.env['LD_LIBRARY_PATH'] = others.join(':');
}

const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => ending.abort(new Error('interrupted')));
// Nobody reads what is told any more: as an interruption.
process.stdout.on('error', () => ending.abort(new Error('standard output is closed')));
process.stderr.on('error', () => undefined);

process.exitCode = await runSti(process.argv.slice(2), {
  signal: ending.signal,
  write: (text) => void process.stdout.write(text),
  writeError: (text) => void process.stderr.write(text),
});
await written();
// Kept connections to Docker would keep the process.
process.exit();
