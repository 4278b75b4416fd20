#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { ownCacheDir } from '../lib/installer/artifacts/cache.ts';

// Before everything else is loaded, and in a folder that is the user's own: Node's default is one below /tmp, which another user could have
// filled with code for us. bin/oo-install has named it already where it is there: that was for this process alone.
const compiled = compiledDir();
if (process.env['NODE_COMPILE_CACHE'] === compiled) delete process.env['NODE_COMPILE_CACHE'];
if (compiled !== undefined) enableCompileCache(compiled);
const { main } = await import('../lib/installer/cli/main.ts');
const { written } = await import('../lib/common/written.ts');

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
    if (ending.signal.aborted) {
      process.stderr.write('\nleft at once: the same command again goes on where this one stopped\n');
      process.exit(130);
    }
    ending.abort(new Error('interrupted'));
  });
}
// Nobody reads what is told any more (`| head`), or the disk it goes to is full: as an interruption, in order. Writing fails from now on.
process.stdout.on('error', () => ending.abort(new Error('standard output is closed')));
process.stderr.on('error', () => undefined);
process.exitCode = await main(process.argv.slice(2), ending.signal);
await written();
process.exit();

/** Undefined where others could write to it, or nobody can: everything is compiled anew. */
function compiledDir(): string | undefined {
  try {
    return join(ownCacheDir(), 'compiled');
  } catch {
    return undefined;
  }
}
