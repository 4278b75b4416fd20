import { contender, sampleAnswers } from './apiserver/contenders.ts';
import { compare, formatComparison } from './harness.ts';

/**
 * Requests per second of the API server at 16 in flight, events per second to 50 watchers, and how late its event loop runs
 * under a storm of writes (99th percentile, aim 20 ms), against a plain node:https server with the same TLS that sends the same
 * bytes. Client and server share the machine, as they do in a real one-machine platform.
 */
const floor = contender('node:https', ['floor'], await sampleAnswers());
const memory = contender('API on memory', ['api', 'memory']);
const sqlite = contender('API on SQLite', ['api', 'sqlite']);
const rounds = Number(process.env['OO_BENCH_ROUNDS'] ?? 5);
const result = await compare({ title: 'API server, 16 in flight', contenders: [floor, memory, sqlite], rounds });
process.stdout.write(`${formatComparison(result)}\n`);
for (const each of [floor, memory, sqlite]) each[Symbol.dispose]();
