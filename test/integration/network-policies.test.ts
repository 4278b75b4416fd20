import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createLog } from '../../lib/common/log.ts';
import type { KubeObject } from '../../lib/platform/api/meta.ts';
import { createProxy } from '../../lib/platform/node/proxy/proxy.ts';
import { PortGuard } from '../../lib/platform/node/network/port-guard.ts';
import { machineHost } from '../../lib/platform/node/proxy/proxy-host.ts';
import { eventually } from '../support/eventually.ts';
import { patient } from '../support/patience.ts';
import { endpoints, FakeInformer, service } from '../unit/platform/node/proxy/fake-informer.ts';
import {
  proxySettings,
  BRIDGE,
  createProxyNetwork,
  dropForwardLikeDocker,
  POD_CIDR,
  type ProxyNetwork,
} from './proxy-network.ts';

/** Pods by their place in the network: whose they are. */
const NAMESPACES = ['ann', 'ann', 'bob', 'default'];
const [ANN, ANN2, BOB, PLATFORM] = [0, 1, 2, 3] as const;
const SERVICE = '172.30.0.20';
/** How long an answer is waited for, in ms: the only sign of a packet that was dropped. */
const PATIENCE = 1_000;

interface Bench {
  readonly network: ProxyNetwork;
  readonly informers: Record<'services' | 'endpoints' | 'pods' | 'namespaces' | 'policies', FakeInformer>;
  /** Whether a pod's request is answered, over each protocol. */
  reaches(from: number, to: number): Promise<boolean>;
  /** The same where it is to be: an answer may take the time of a slow machine. */
  still(from: number, to: number): Promise<boolean>;
}

const namespace = (name: string, annotations: object = {}): KubeObject =>
  ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'kubernetes.io/metadata.name': name }, annotations },
  }) as KubeObject;
const pod = (network: ProxyNetwork, index: number): KubeObject =>
  ({
    metadata: { namespace: NAMESPACES[index]!, name: `pod${index}`, labels: { app: `app${index}` } },
    spec: { containers: [{ name: 'c', ports: [{ name: 'web', containerPort: 8080 }] }] },
    status: { phase: 'Running', podIP: network.podAddress(index) },
  }) as unknown as KubeObject;
const policy = (namespace: string, spec: object): KubeObject => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { namespace, name: 'p' },
  spec,
});

async function bench(t: TestContext, isolateProjects = true): Promise<Bench> {
  const stop = new AbortController();
  let done: Promise<void> = Promise.resolve();
  // Registered first, so that the proxy does not look at a machine that is gone.
  t.after(async () => {
    stop.abort();
    await done;
  });
  const network = await createProxyNetwork(t, NAMESPACES.length);
  await dropForwardLikeDocker(network);
  for (const [index, name] of network.pods.entries()) await network.serve(name, `pod${index}`);
  const informers = {
    services: new FakeInformer(),
    endpoints: new FakeInformer(),
    pods: new FakeInformer(),
    namespaces: new FakeInformer(),
    policies: new FakeInformer(),
  };
  for (const name of new Set(NAMESPACES)) informers.namespaces.set(namespace(name));
  const { services, endpoints: ends, ...policies } = informers;
  const ports = [{ name: 'web', port: 80, target: 8080 }];
  ends.set(endpoints('ann', [network.podAddress(ANN)], ports));
  services.set(service('ann', SERVICE, ports));
  for (const index of NAMESPACES.keys()) policies.pods.set(pod(network, index));
  const proxy = createProxy({
    services,
    endpoints: ends,
    policies: { ...policies, isolateProjects },
    ...proxySettings(network),
    log: createLog({ name: 'proxy', level: 'error' }),
    assertInterval: 200,
    host: machineHost(['ip', 'netns', 'exec', network.host]),
  });
  done = proxy.run(stop.signal);
  const asks = async (from: number, to: number, timeout: number): Promise<boolean[]> => {
    const asked = (['tcp', 'udp'] as const).map((protocol) =>
      network.ask(network.pods[from]!, protocol, network.podAddress(to), 8080, { timeout }),
    );
    return (await Promise.all(asked)).map(([answer]) => answer!.startsWith(`pod${to} `));
  };
  const reaches = async (from: number, to: number): Promise<boolean> => {
    const [tcp, udp] = await asks(from, to, PATIENCE);
    // Rules have changed in between, or one of the answers was slow.
    return tcp === udp ? tcp! : still(from, to);
  };
  const still = async (from: number, to: number): Promise<boolean> => {
    const [tcp, udp] = await asks(from, to, patient(2 * PATIENCE));
    assert.equal(tcp, udp, 'TCP and UDP differ');
    return tcp!;
  };
  await eventually(() => reaches(ANN2, ANN));
  // Pods reach each other before there are any rules, too.
  if (isolateProjects) await eventually(async () => !(await reaches(BOB, ANN)));
  return { network, informers, reaches, still };
}

test('pods of different projects do not reach each other; their own, the platform and this machine reach them', async (t) => {
  const { network, informers, reaches, still } = await bench(t);
  assert.deepEqual([await still(ANN, ANN2), await reaches(BOB, ANN), await reaches(ANN, BOB)], [true, false, false]);
  assert.deepEqual([await still(PLATFORM, ANN), await still(ANN, PLATFORM), await still(BOB, PLATFORM)], [true, true, true]);
  const through = async (from: number): Promise<string> =>
    (await network.ask(network.pods[from]!, 'tcp', SERVICE, 80, { timeout: PATIENCE }))[0]!;
  for (const one of [ANN2, ANN]) await eventually(async () => assert.match(await through(one), /^pod0 /));
  assert.equal(await through(BOB), 'ETIMEDOUT');
  assert.match((await network.ask(network.host, 'tcp', network.podAddress(BOB), 8080))[0]!, /^pod2 /);
  // One whose address nobody knows yet is nobody's.
  informers.pods.delete('bob', 'pod2');
  await eventually(async () => !(await reaches(PLATFORM, BOB)));
  assert.equal(await reaches(BOB, ANN), false);
  assert.equal(await still(ANN, ANN2), true);
});

test('an administrator joins projects and opens one for all; nothing is kept apart where the switch is off', async (t) => {
  const { informers, reaches, still } = await bench(t);
  assert.equal(await reaches(BOB, ANN), false);
  informers.namespaces.set(namespace('bob', { 'network.openshift.io/join': 'ann' }));
  await eventually(() => reaches(BOB, ANN));
  assert.equal(await still(ANN, BOB), true);
  informers.namespaces.set(namespace('bob'));
  await eventually(async () => !(await reaches(BOB, ANN)));
  informers.namespaces.set(namespace('bob', { 'network.openshift.io/global': 'true' }));
  await eventually(() => reaches(ANN, BOB));
  assert.equal(await still(BOB, ANN), true);
});

test('a policy decides in place of the project for the pods that it selects', async (t) => {
  const { network, informers, reaches, still } = await bench(t);
  const select = { podSelector: { matchLabels: { app: 'app0' } }, policyTypes: ['Ingress'] };
  const fromBob = { from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'bob' } } }] };
  informers.policies.set(policy('ann', { ...select, ingress: [fromBob] }));
  await eventually(() => reaches(BOB, ANN));
  assert.deepEqual([await reaches(ANN2, ANN), await reaches(BOB, ANN2)], [false, false]);
  // Ports by number and by name, each with what it keeps out.
  informers.policies.set(policy('ann', { ...select, ingress: [{ ...fromBob, ports: [{ port: 9 }] }] }));
  await eventually(async () => !(await reaches(BOB, ANN)));
  const both = ['TCP', 'UDP'].map((protocol) => ({ protocol, port: 8000, endPort: 8090 }));
  informers.policies.set(policy('ann', { ...select, ingress: [{ ...fromBob, ports: both }] }));
  await eventually(() => reaches(BOB, ANN));
  informers.policies.set(policy('ann', { ...select, ingress: [{ ports: [{ port: 'web' }] }] }));
  const tcp = async (): Promise<string> =>
    (await network.ask(network.pods[BOB]!, 'tcp', network.podAddress(ANN), 8080, { timeout: PATIENCE }))[0]!;
  await eventually(
    async () =>
      !(await network.ask(network.pods[BOB]!, 'udp', network.podAddress(ANN), 8080, { timeout: PATIENCE }))[0]!.startsWith(
        'pod0',
      ),
  );
  await eventually(async () => assert.match(await tcp(), /^pod0 /));
  // Blocks of addresses, with a hole.
  const block = (...except: string[]) => ({ from: [{ ipBlock: { cidr: POD_CIDR, except } }] });
  informers.policies.set(policy('ann', { ...select, ingress: [block()] }));
  await eventually(() => reaches(BOB, ANN));
  informers.policies.set(policy('ann', { ...select, ingress: [block(`${network.podAddress(BOB)}/32`)] }));
  await eventually(async () => !(await reaches(BOB, ANN)));
  assert.equal(await still(ANN2, ANN), true);
});

test('a policy limits where pods go to, and leaves their answers alone', async (t) => {
  const { informers, reaches, still } = await bench(t, false);
  assert.deepEqual([await still(BOB, ANN), await still(ANN, BOB)], [true, true]);
  const to = [{ podSelector: {} }];
  informers.policies.set(policy('ann', { podSelector: {}, policyTypes: ['Egress'], egress: [{ to }] }));
  await eventually(async () => !(await reaches(ANN, BOB)));
  assert.deepEqual([await still(ANN, ANN2), await still(BOB, ANN)], [true, true]);
});

test('a pod sends under no address but its own, answers for no other, and speaks no IPv6', async (t) => {
  const { network } = await bench(t);
  const [own, other] = [network.pods[ANN]!, network.pods[BOB]!];
  const address = async (name: string, pattern: RegExp): Promise<string> => {
    const { stdout } = await network.run(name, 'ip', '-o', 'address', 'show', 'dev', 'eth0');
    return pattern.exec(stdout)![1]!;
  };
  const mac = async (name: string): Promise<string> =>
    /ether (\S+)/.exec((await network.run(name, 'ip', 'link', 'show', 'dev', 'eth0')).stdout)![1]!;
  const linkLocal = `${await address(other, /inet6 (fe80::[0-9a-f:]+)/)}%eth0`;
  const overIPv6 = async (): Promise<string> => (await network.ask(own, 'tcp', linkLocal, 8080, { timeout: PATIENCE }))[0]!;
  // Whom this machine takes for the other pod, once somebody has called out that he is it.
  const impostor = async (): Promise<boolean> => {
    const ip = network.podAddress(BOB);
    await network.run(network.host, 'ip', 'neigh', 'flush', 'dev', BRIDGE);
    await network.ask(network.host, 'tcp', ip, 8080, { timeout: PATIENCE });
    await network.run(own, 'ip', 'address', 'add', `${ip}/32`, 'dev', 'eth0');
    // Asking for the machine under the other's address is what changes its mind.
    await network.run(own, 'ip', 'neigh', 'flush', 'dev', 'eth0');
    await network.ask(own, 'tcp', '10.128.0.1', 9, { timeout: PATIENCE, source: ip });
    await network.run(own, 'ip', 'address', 'delete', `${ip}/32`, 'dev', 'eth0');
    const { stdout } = await network.run(network.host, 'ip', 'neigh', 'show', ip, 'dev', BRIDGE);
    return stdout.includes(await mac(own));
  };
  // Nobody listens there: that it is refused says that it was reached.
  await eventually(async () => assert.equal(await overIPv6(), 'ECONNREFUSED'));
  await eventually(async () => assert.equal(await impostor(), true));

  const guard = new PortGuard(BRIDGE, undefined, machineHost(['ip', 'netns', 'exec', network.host]));
  const results = NAMESPACES.map(async (_namespace, index) => {
    const interfaces = [
      { name: BRIDGE },
      { name: `pod${index}` },
      { name: 'eth0', mac: await mac(network.pods[index]!), sandbox: '/n' },
    ];
    return [
      `sandbox${index}`,
      { cniVersion: '0.4.0', ips: [{ address: `${network.podAddress(index)}/23` }], interfaces },
    ] as const;
  });
  await guard.keep(await Promise.all(results));
  assert.equal(await overIPv6(), 'ETIMEDOUT');
  assert.equal(await impostor(), false);
  // What is its own it may do as before.
  assert.match((await network.ask(own, 'tcp', network.podAddress(ANN2), 8080))[0]!, /^pod1 /);
  assert.match((await network.ask(network.host, 'tcp', network.podAddress(BOB), 8080))[0]!, /^pod2 /);
});
