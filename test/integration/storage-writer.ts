import { once } from 'node:events';
import { writeSync } from 'node:fs';
import type { Backend } from '../../lib/platform/storage/backend.ts';
import { openSqliteBackend } from '../../lib/platform/storage/sqlite/sqlite-backend.ts';

/**
 * A process that writes to a store until it is killed, or `count` writes are done, and says on standard output what was
 * acknowledged, one line each, before it does anything else: `revision key value`. It begins when its standard input does.
 *
 *     storage-writer.ts PATH ROUND IN_FLIGHT [COUNT] [SYNCHRONOUS]
 */
const [path, round, inFlight, count = 'Infinity', synchronous = 'full'] = process.argv.slice(2);

function acknowledge(revision: number, key: string, value: string): void {
  // Synchronous: once this returns the line is in the file, whatever happens to this process.
  writeSync(1, `${revision} ${key} ${value}\n`);
}

/** Creates keys, and raises one key of its own by compare-and-swap in between. */
async function write(backend: Backend, writer: number, next: () => number | undefined): Promise<void> {
  const own = `/own/${round}/${writer}`;
  let expected: number | undefined;
  for (let n = next(); n !== undefined; n = next()) {
    const key = n % 3 === 0 ? own : `/key/${round}/${n}`;
    const value = `token-${round}-${n}-${'x'.repeat(n % 200)}`;
    const bytes = Buffer.from(value);
    const result =
      key === own && expected !== undefined ? await backend.update(key, bytes, expected) : await backend.create(key, bytes);
    if (!result.ok) throw new Error(`write of ${key} was refused`);
    acknowledge(result.revision, key, value);
    if (key === own) expected = result.revision;
  }
}

await once(process.stdin, 'data');
process.stdin.destroy();
const backend = await openSqliteBackend({ path: path!, synchronous: synchronous === 'off' ? 'off' : 'full' });
let made = 0;
const next = (): number | undefined => (made < Number(count) ? made++ : undefined);
await Promise.all(Array.from({ length: Number(inFlight) }, (_, writer) => write(backend, writer, next)));
await backend.close();
