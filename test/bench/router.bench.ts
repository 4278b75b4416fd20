/**
 * Requests per second and latency through the router, against HAProxy in the same kind of pod with a configuration written by hand, in turn, over
 * plain HTTP and with encryption; and how long it takes from `create route` to the first 200. OO_BENCH_ROUNDS overrides the five rounds.
 */
import { httpClient } from '../../lib/platform/client/http-client.ts';
import { ensureAuthority } from '../../lib/platform/pki/authority.ts';
import { readKubeconfig } from '../../lib/platform/pki/kubeconfig.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { platformImage } from '../support/platform-images.ts';
import { startPlatform } from '../support/platform.ts';
import { compare, formatComparison, median, quantile } from './harness.ts';
import { byHand, HAND_PORTS } from './router/by-hand.ts';
import { application, routed, untilServed } from './router/application.ts';
import { loadOnce } from './router/load-once.ts';

const ROUTER_PORTS = { httpPort: 28_083, httpsPort: 28_446 };
const rounds = Number(process.env['OO_BENCH_ROUNDS'] ?? 5);

const folder = await mkdtemp(join(tmpdir(), 'oo-bench-router-'));
try {
  const image = await platformImage('router');
  const authority = await ensureAuthority(folder);
  const pair = await authority.issue({ commonName: 'bench.test', dnsNames: ['bench.test'], usages: ['server'] });
  await using platform = await startPlatform({ config: { router: { enabled: true, ...ROUTER_PORTS } } });
  const client = httpClient(await readKubeconfig(platform.kubeconfigPath));
  const addresses = await application(platform.kubectl, image);
  await byHand(platform.kubectl, image, addresses, pair);
  const tls = { termination: 'edge', certificate: pair.certPem, key: pair.keyPem, insecureEdgeTerminationPolicy: 'Allow' };
  await client.create(routed.ref, routed.object('bench', 'bench.test', { tls }));
  await untilServed(ROUTER_PORTS.httpPort, 'bench.test');
  await untilServed(HAND_PORTS.httpPort, 'bench.test');
  for (const scheme of ['http', 'https'] as const) {
    const port = (ports: typeof ROUTER_PORTS): number => (scheme === 'http' ? ports.httpPort : ports.httpsPort);
    const contender = (name: string, ports: typeof ROUTER_PORTS): { name: string; run: () => ReturnType<typeof loadOnce> } => ({
      name,
      run: () => loadOnce(`${scheme}://127.0.0.1:${port(ports)}/`, 'bench.test'),
    });
    const result = await compare({
      title: `${scheme}: two pods, 16 connections`,
      rounds,
      contenders: [contender('HAProxy by hand', HAND_PORTS), contender('router', ROUTER_PORTS)],
    });
    process.stdout.write(`${formatComparison(result)}\n\n`);
  }
  const times: number[] = [];
  for (let i = 0; i < rounds * 4; i++) {
    const began = performance.now();
    await client.create(routed.ref, routed.object(`new-${i}`, `new-${i}.test`));
    await untilServed(ROUTER_PORTS.httpPort, `new-${i}.test`);
    times.push(performance.now() - began);
  }
  const [middle, slow] = [median(times), quantile(times, 0.95)].map((ms) => ms.toFixed(0));
  process.stdout.write(`create route to the first 200: ${middle} ms, 95th percentile ${slow} ms, of ${times.length}\n`);
  client.close();
} finally {
  await rm(folder, { recursive: true });
}
