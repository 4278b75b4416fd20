import { join } from 'node:path';
import { packageRoot } from '../../lib/common/assets.ts';
import { runCommand } from '../support/run-command.ts';
import { roomForManyHosts } from '../support/hosts/many-hosts.ts';
import { startHomeOperator } from '../support/operator/home-operator.ts';
import { compare, formatComparison } from './harness.ts';
import { contenders } from './install/contenders.ts';
import { makePayload } from './install/payload.ts';

import { Timeline } from './install/timeline.ts';

/**
 * A bare server to a platform on which a pod has answered, and the same again when all is there: oo-install over SSH against a script
 * over OpenSSH (the floor) and an Ansible playbook, which bring the same bytes and start the same things. On one server, then on
 * OO_BENCH_HOSTS (10). OO_BENCH_ROUNDS overrides the five rounds.
 */
const rounds = Number(process.env['OO_BENCH_ROUNDS'] ?? 5);
const many = Number(process.env['OO_BENCH_HOSTS'] ?? 10);

await using _room = await roomForManyHosts();
await using operator = await startHomeOperator();
const payload = await makePayload(join(packageRoot(), '.cache', 'operator', 'oo-install'));
const { stdout } = await runCommand(['ansible-playbook', '--version']);
process.stdout.write(`${stdout.split('\n')[0]}\n\n`);
for (const count of new Set([1, many])) {
  const timeline = new Timeline();
  const title = count === 1 ? 'one bare server' : `${count} bare servers at once`;
  const result = await compare({ title, contenders: contenders({ operator, payload, count, timeline }), rounds });
  process.stdout.write(`${formatComparison(result)}\n\n  phases of oo-install (begin s, takes s)\n${timeline.format()}\n\n`);
}
