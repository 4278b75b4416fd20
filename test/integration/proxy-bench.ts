import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { createLog } from '../../lib/common/log.ts';
import { createProxy, type Proxy } from '../../lib/platform/node/proxy/proxy.ts';
import { machineHost, type ProxyHost } from '../../lib/platform/node/proxy/proxy-host.ts';
import { eventually } from '../support/eventually.ts';
import { endpoints, FakeInformer, type PortSpec, service } from '../unit/platform/node/proxy/fake-informer.ts';
import { createProxyNetwork, proxySettings, dropForwardLikeDocker, type ProxyNetwork } from './proxy-network.ts';

/** A proxy in the miniature machine. */
export interface Running {
  readonly proxy: Proxy;
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

/** The miniature machine with a proxy, and services to give it. */
export interface Bench extends Running {
  readonly network: ProxyNetwork;
  readonly services: FakeInformer;
  readonly endpoints: FakeInformer;
  readonly host: ProxyHost;
  /** Another proxy, as after a restart of the daemon. */
  start(): Running;
  add(name: string, clusterIP: string, ips: readonly string[], spec?: Record<string, unknown>, ports?: readonly PortSpec[]): void;
}

const PORTS: readonly PortSpec[] = [
  { name: 'web', port: 80, target: 8080, nodePort: 30_080 },
  { name: 'dns', port: 53, target: 8080, protocol: 'UDP', nodePort: 30_053 },
];

/** The service of most tests. */
export const WEB = '172.30.0.20';

/** `firewall`: what the machine has before the proxy comes. */
export async function bench(t: TestContext, pods = 2, firewall = dropForwardLikeDocker): Promise<Bench> {
  const running: Running[] = [];
  // Registered first, so that no proxy looks at a machine that is gone.
  t.after(async () => {
    for (const { stop } of running) stop.abort();
    await Promise.all(running.map(({ done }) => done));
  });
  const network = await createProxyNetwork(t, pods);
  await firewall(network);
  for (const [index, pod] of network.pods.entries()) await network.serve(pod, `pod${index}`);
  const host = machineHost(['ip', 'netns', 'exec', network.host]);
  const informers = { services: new FakeInformer(), endpoints: new FakeInformer() };
  const start = (): Running => {
    const started = startProxy(network, informers, host);
    running.push(started);
    return started;
  };
  return {
    network,
    ...informers,
    host,
    start,
    ...start(),
    add(name, clusterIP, ips, spec = {}, ports = PORTS) {
      informers.endpoints.set(endpoints(name, ips, ports));
      informers.services.set(service(name, clusterIP, ports, spec));
    },
  };
}

function startProxy(
  network: ProxyNetwork,
  informers: { services: FakeInformer; endpoints: FakeInformer },
  host: ProxyHost,
): Running {
  const stop = new AbortController();
  const proxy = createProxy({
    ...informers,
    ...proxySettings(network),
    log: createLog({ name: 'proxy', level: 'error' }),
    assertInterval: 200,
    host,
  });
  return { proxy, stop, done: proxy.run(stop.signal) };
}

/** Which pods answered. */
export const names = (answers: readonly string[]): Set<string> => new Set(answers.map((answer) => answer.split(' ')[0]!));

/** Until the proxy has written what the test gave it. */
export async function served(b: Bench, namespace: string, address = WEB, port = 80): Promise<void> {
  await eventually(
    async () => {
      const [answer] = await b.network.ask(namespace, 'tcp', address, port, { timeout: 1_000 });
      assert.match(answer!, /^pod/);
    },
    { timeout: 15_000 },
  );
}
