import { join } from 'node:path';
import { packageRoot } from '../../lib/common/assets.ts';
import { debianArchitecture } from '../../lib/installer/artifacts/debian-architecture.ts';
import { nodeRuntime } from '../../lib/installer/artifacts/runtime.ts';
import { roomForManyHosts } from '../support/hosts/many-hosts.ts';
import { limitLink, unlimitLink } from '../support/hosts/slow-link.ts';
import { startHomeOperator } from '../support/operator/home-operator.ts';
import { startServers } from './install/servers.ts';
import { compare, formatComparison } from './harness.ts';
import { streamContenders } from './stream/contenders.ts';
import { operatorPeak } from './stream/operator-memory.ts';

/**
 * The runtime (150 MB) to a server: oo-install's transport against the raw file through OpenSSH's client, on a link of 300 Mbit/s and as
 * fast as the machine can; and the memory that an installation of OO_BENCH_HOSTS (10) servers takes here. OO_BENCH_ROUNDS overrides the
 * five rounds.
 */
const rounds = Number(process.env['OO_BENCH_ROUNDS'] ?? 5);
const many = Number(process.env['OO_BENCH_HOSTS'] ?? 10);
const cacheDir = join(packageRoot(), '.cache', 'operator', 'oo-install');

await using _room = await roomForManyHosts();
await using operator = await startHomeOperator();
const runtime = await nodeRuntime({ cacheDir, arch: debianArchitecture() });
{
  await using servers = await startServers(operator, 1);
  const host = servers.hosts[0]!;
  for (const line of [300, undefined]) {
    await (line === undefined ? unlimitLink(host) : limitLink(host, line));
    const title = `${Math.round(runtime.size / 1e6)} MB over ${line === undefined ? 'an unlimited link' : `${line} Mbit/s`}`;
    const result = await compare({ title, contenders: streamContenders({ operator, host, runtime, cacheDir, line }), rounds });
    process.stdout.write(`${formatComparison(result)}\n\n`);
  }
}
await using servers = await startServers(operator, many);
const peak = await operatorPeak(operator, servers.addresses);
process.stdout.write(`installing ${many} servers at once: the operator's largest resident set was ${peak.toFixed(0)} MiB\n`);
