import { compare, formatComparison } from './harness.ts';
import { etcdBackend, type Load, rawEtcd, rawSqlite, sqliteBackend } from './storage/contenders.ts';

/**
 * Writes per second and latency of the store against SQLite itself, and on an etcd against that, at 1, 16 and 64 writes in flight. All sync
 * every write to disk before they answer; the folder is that of TMPDIR.
 */
const loads: Load[] = [
  { inFlight: 1, writes: 1000, size: 1024 },
  { inFlight: 16, writes: 4000, size: 1024 },
  { inFlight: 64, writes: 8000, size: 1024 },
];

for (const load of loads) {
  const title = `${load.inFlight} in flight: ${load.writes} creates of ${load.size} bytes`;
  for (const contenders of [
    [rawSqlite(load), sqliteBackend(load)],
    [rawEtcd(load), etcdBackend(load)],
  ])
    process.stdout.write(`${formatComparison(await compare({ title, contenders }))}\n\n`);
}
