import { roomForManyHosts } from '../support/hosts/many-hosts.ts';
import { startHomeOperator } from '../support/operator/home-operator.ts';
import { compare, formatComparison } from './harness.ts';
import { Timeline } from './install/timeline.ts';
import { contenders } from './lab/contenders.ts';

/**
 * From the command to three healthy platforms of a local lab, against three servers that boot and that oo-install installs on, as bench:install
 * does it (the floor). OO_BENCH_ROUNDS overrides the five rounds, OO_BENCH_HOSTS the three hosts.
 */
const rounds = Number(process.env['OO_BENCH_ROUNDS'] ?? 5);
const count = Number(process.env['OO_BENCH_HOSTS'] ?? 3);

await using _room = await roomForManyHosts();
await using operator = await startHomeOperator();
const [installs, labs] = [new Timeline(), new Timeline()];
const result = await compare({ title: `${count} hosts`, contenders: contenders({ operator, count, installs, labs }), rounds });
process.stdout.write(`${formatComparison(result)}\n\n  lab up (begin s, takes s)\n${labs.format()}\n\n`);
process.stdout.write(`  oo-install (begin s, takes s)\n${installs.format()}\n\n`);
