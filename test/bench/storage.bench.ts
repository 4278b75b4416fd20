import { compare, formatComparison } from './harness.ts';
import { type Load, rawSqlite, sqliteBackend } from './storage/contenders.ts';

/**
 * Writes per second and latency of the store against SQLite itself, at 1, 16 and 64 writes in flight. Both sync every
 * write to disk before they answer; the folder is that of TMPDIR.
 */
const loads: Load[] = [
  { inFlight: 1, writes: 1000, size: 1024 },
  { inFlight: 16, writes: 4000, size: 1024 },
  { inFlight: 64, writes: 8000, size: 1024 },
];

for (const load of loads) {
  const result = await compare({
    title: `${load.inFlight} in flight: ${load.writes} creates of ${load.size} bytes`,
    contenders: [rawSqlite(load), sqliteBackend(load)],
  });
  process.stdout.write(`${formatComparison(result)}\n\n`);
}
