import { inProcessWatchers, queues } from './api/in-process.ts';
import { emptyDaemon, fullDaemon } from './api/many-objects.ts';
import { measureRequests, measureStorm } from './api/requests.ts';
import { type Measure, servers } from './api/servers.ts';
import { measureCreateToEvent, measureFanOut } from './api/watches.ts';
import { compare, type Comparison, formatComparison } from './harness.ts';

/**
 * The API server against a plain node:https server with the same TLS that sends the same bytes, and against kube-apiserver and
 * etcd where they are on the PATH. Client and server share the machine, as they do in a real one-machine platform. The
 * arguments choose parts: `npm run bench:api requests watchers`.
 */
const rounds = Number(process.env['OO_BENCH_ROUNDS'] ?? 5);

async function print(comparison: Comparison): Promise<void> {
  process.stdout.write(`${formatComparison(await compare(comparison))}\n\n`);
}

async function against(title: string, measure: Measure, inFlight: number): Promise<void> {
  const contenders = await servers(measure, inFlight);
  try {
    await print({ title, contenders, rounds });
  } finally {
    for (const each of contenders) each[Symbol.dispose]();
  }
}

const parts: Readonly<Record<string, () => Promise<void>>> = {
  requests: async () => {
    await against('requests, 16 in flight', measureRequests(16), 16);
    await against('requests, one in flight', measureRequests(1), 16);
  },
  storm: () => against('3000 updates, 16 in flight', measureStorm, 16),
  latency: () => against('one create at a time, one watcher', measureCreateToEvent, 16),
  watchers: async () => {
    await against('50 watchers over TLS, 300 updates', measureFanOut(50, 300), 16);
    await against('1000 watchers over TLS, 50 updates', measureFanOut(1000, 50), 16);
  },
  'in-process': async () => {
    await using watches = await inProcessWatchers();
    await print({ title: 'watches in process', contenders: [queues(), watches], rounds });
  },
  'many-objects': async () => {
    await using empty = await emptyDaemon();
    await using full = await fullDaemon();
    await print({ title: 'openshift start master on its data', contenders: [empty, full], rounds: Math.min(rounds, 3) });
  },
};

const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(parts);
const unknown = chosen.find((name) => parts[name] === undefined);
if (unknown !== undefined) throw new Error(`bench:api has no part '${unknown}': ${Object.keys(parts).join(', ')}`);
for (const name of chosen) await parts[name]!();
