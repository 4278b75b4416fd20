#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { main } from '../lib/installer/cli/main.ts';

enableCompileCache();
// bin/oo-install points the loader at our libatomic: that was for this process alone.
if (process.env['LD_LIBRARY_PATH']?.includes('/node_modules/.oo-runtime/lib')) {
  const others = process.env['LD_LIBRARY_PATH'].split(':').filter((path) => !path.endsWith('/node_modules/.oo-runtime/lib'));
  if (others.length === 0) delete process.env['LD_LIBRARY_PATH'];
  else process.env['LD_LIBRARY_PATH'] = others.join(':');
}

const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // Once: the step that runs is finished, then we say where we stand. Twice: at once.
    if (ending.signal.aborted) process.exit(130);
    ending.abort(new Error('interrupted'));
  });
}
process.exitCode = await main(process.argv.slice(2), ending.signal);
process.exit();
