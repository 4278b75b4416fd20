import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createLog } from '../../lib/common/log.ts';
import { createProxy, type Proxy } from '../../lib/platform/node/proxy/proxy.ts';
import { machineHost, type ProxyHost } from '../../lib/platform/node/proxy/proxy-host.ts';
import { removeProxyRules } from '../../lib/platform/node/proxy/remove-rules.ts';
import { eventually } from '../support/eventually.ts';
import { endpoints, FakeInformer, type PortSpec, service } from '../unit/platform/node/proxy/fake-informer.ts';
import { BRIDGE, createProxyNetwork, dropForwardLikeDocker, POD_CIDR, type ProxyNetwork } from './proxy-network.ts';

interface Running {
  readonly proxy: Proxy;
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

interface Bench extends Running {
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
const WEB = '172.30.0.20';

async function bench(t: TestContext, pods = 2, firewall = dropForwardLikeDocker): Promise<Bench> {
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
    nodeAddresses: [network.hostAddress],
    podCIDR: POD_CIDR,
    clusterCIDR: '10.128.0.0/14',
    serviceCIDR: '172.30.0.0/16',
    nodePortRange: '30000-32767',
    bridge: BRIDGE,
    tableName: BRIDGE,
    log: createLog({ name: 'proxy', level: 'error' }),
    assertInterval: 200,
    host,
  });
  return { proxy, stop, done: proxy.run(stop.signal) };
}

const names = (answers: readonly string[]): Set<string> => new Set(answers.map((answer) => answer.split(' ')[0]!));

/** Until the proxy has written what the test gave it. */
async function served(b: Bench, namespace: string, address = WEB, port = 80): Promise<void> {
  await eventually(
    async () => {
      const [answer] = await b.network.ask(namespace, 'tcp', address, port, { timeout: 300 });
      assert.match(answer!, /^pod/);
    },
    { timeout: 5000 },
  );
}

test('cluster IPs and node ports, from pods, from the machine and from outside', async (t) => {
  const b = await bench(t);
  const { network } = b;
  const [pod0, pod1] = network.pods as [string, string];
  b.add('web', WEB, [network.podAddress(0), network.podAddress(1)]);
  await served(b, network.host);

  await t.test('a pod reaches all endpoints in turn, and they see its own address', async () => {
    const answers = await network.ask(pod0, 'tcp', WEB, 80, { count: 40 });
    assert.deepEqual(names(answers), new Set(['pod0', 'pod1']));
    assert.ok(answers.includes(`pod1 ${network.podAddress(0)}`), answers.join());
    assert.deepEqual(names(await network.ask(pod0, 'udp', WEB, 53, { count: 30 })), new Set(['pod0', 'pod1']));
  });
  await t.test('a pod reaches itself through its service, seen with another address', async () => {
    const answers = await network.ask(pod1, 'tcp', WEB, 80, { count: 30 });
    assert.ok(answers.includes('pod1 10.128.0.1'), answers.join());
    assert.ok((await network.ask(pod1, 'udp', WEB, 53, { count: 30 })).includes('pod1 10.128.0.1'));
  });
  await t.test('the machine itself, though it has no route to the service network', async () => {
    assert.deepEqual(names(await network.ask(network.host, 'tcp', WEB, 80, { count: 30 })), new Set(['pod0', 'pod1']));
    assert.deepEqual(names(await network.ask(network.host, 'udp', WEB, 53, { count: 30 })), new Set(['pod0', 'pod1']));
  });
  for (const [what, address] of [
    ['its address', network.hostAddress],
    ['127.0.0.1', '127.0.0.1'],
    ["the bridge's address", '10.128.0.1'],
  ] as const)
    await t.test(`node ports of the machine at ${what}`, async () => {
      assert.deepEqual(names(await network.ask(network.host, 'tcp', address, 30_080, { count: 30 })), new Set(['pod0', 'pod1']));
      assert.deepEqual(names(await network.ask(network.host, 'udp', address, 30_053, { count: 30 })), new Set(['pod0', 'pod1']));
    });
  await t.test('node ports from a pod and from outside', async () => {
    assert.deepEqual(
      names(await network.ask(pod0, 'tcp', network.hostAddress, 30_080, { count: 30 })),
      new Set(['pod0', 'pod1']),
    );
    assert.deepEqual(
      names(await network.ask(network.client, 'tcp', network.hostAddress, 30_080, { count: 30 })),
      new Set(['pod0', 'pod1']),
    );
    assert.deepEqual(
      names(await network.ask(network.client, 'udp', network.hostAddress, 30_053, { count: 30 })),
      new Set(['pod0', 'pod1']),
    );
  });
  await t.test('a pod is seen outside with the address of the machine', async () => {
    await network.serve(network.client, 'outside');
    assert.deepEqual(await network.ask(pod0, 'tcp', network.clientAddress, 8080), [`outside ${network.hostAddress}`]);
  });
  await t.test('outside, a pod is reached by no address of its own, and no loopback leaks', async () => {
    assert.deepEqual(await network.ask(network.client, 'tcp', network.podAddress(0), 8080, { timeout: 500 }), ['ETIMEDOUT']);
    await network.run(pod0, 'ip', 'route', 'add', '127.0.0.9/32', 'via', '10.128.0.1');
    await network.run(pod0, 'ip', 'rule', 'add', 'to', '127.0.0.9', 'lookup', 'main', 'pref', '0');
    await network.serve(network.host, 'host');
    assert.notEqual((await network.ask(pod0, 'tcp', '127.0.0.9', 8080, { timeout: 500 }))[0]!.split(' ')[0], 'host');
  });
});

test('what the machine listens on at its loopback is for the machine alone', async (t) => {
  const b = await bench(t);
  const { network } = b;
  const [pod0] = network.pods as [string, string];
  const nodePort = { port: 80, target: 8080, nodePort: 30_070 };
  await network.serve(network.host, 'host', '127.0.0.1');
  b.add('web', WEB, [network.podAddress(0)]);
  b.add('sly', '172.30.0.24', ['127.0.0.1'], {}, [nodePort, { ...nodePort, name: 'u', protocol: 'UDP' }]);
  await served(b, pod0);
  assert.deepEqual(await network.ask(network.host, 'tcp', '127.0.0.1', 8080), ['host 127.0.0.1']);
  // The pod's own loopback out of the way: a process with raw sockets needs no such thing.
  await network.run(pod0, 'ip', 'address', 'del', '127.0.0.1/8', 'dev', 'lo');
  await network.run(pod0, 'ip', 'route', 'add', '127.0.0.0/8', 'via', '10.128.0.1');
  await network.run(pod0, 'sysctl', '-qw', 'net.ipv4.conf.all.route_localnet=1');

  await t.test('it is not reached by node ports or cluster IPs of services that point there', async () => {
    for (const from of [pod0, network.client])
      assert.deepEqual(await network.ask(from, 'tcp', network.hostAddress, 30_070), ['ECONNREFUSED'], from);
    assert.deepEqual(await network.ask(pod0, 'tcp', '172.30.0.24', 80), ['ECONNREFUSED']);
    for (const protocol of ['tcp', 'udp'] as const)
      assert.match((await network.ask(pod0, protocol, network.hostAddress, 8080))[0]!, /^(ECONNREFUSED|EPERM)$/);
  });
  await t.test('it is not reached by packets for it from the bridge', async () => {
    for (const [protocol, address, port] of [
      ['tcp', '127.0.0.1', 8080],
      ['udp', '127.0.0.1', 8080],
      ['tcp', '127.0.0.1', 30_080],
    ] as const)
      assert.deepEqual(await network.ask(pod0, protocol, address, port, { timeout: 500 }), ['ETIMEDOUT'], `${protocol} ${port}`);
  });
  await t.test('no pod passes for the machine itself', async () => {
    const heard = network.run(network.host, process.execPath, '--eval', LISTEN, '9090', '1500');
    await eventually(async () => assert.match((await network.run(network.host, 'ss', '-Hlun')).stdout, /:9090\b/));
    // The kernel knows 127.0.0.1 for its own address, and the rest of that network only by its route.
    for (const source of ['127.0.0.1', '127.0.0.7']) await network.run(pod0, 'ip', 'address', 'add', source, 'dev', 'eth0');
    for (const source of ['127.0.0.1', '127.0.0.7', network.podAddress(0)]) {
      const { stderr } = await network.run(pod0, process.execPath, '--eval', SEND, source, network.hostAddress, '9090');
      assert.equal(stderr, '');
    }
    assert.equal((await heard).stdout.trim(), network.podAddress(0));
  });
});

/** Prints the senders of what comes in a while. */
const LISTEN = `
const [port, time] = process.argv.slice(1).map(Number);
const s = require('dgram').createSocket('udp4');
s.on('message', (_, from) => console.log(from.address)).bind(port);
setTimeout(() => s.close(), time);`;

/** Sends one datagram from an address. */
const SEND = `
const [from, to, port] = process.argv.slice(1);
const s = require('dgram').createSocket('udp4');
s.bind(0, from, () => s.send('hello', Number(port), to, (error) => { if (error) console.error(error.code); s.close(); }));`;

test('what has no endpoint is refused at once, everywhere', async (t) => {
  const b = await bench(t);
  const { network } = b;
  b.add('web', WEB, [network.podAddress(0)]);
  b.add('empty', '172.30.0.21', [], { externalIPs: ['203.0.113.7'] }, [
    { port: 80, target: 8080, nodePort: 30_090 },
    { name: 'u', protocol: 'UDP', port: 53, target: 8080, nodePort: 30_091 },
  ]);
  await served(b, network.host);
  await network.run(network.host, 'ip', 'route', 'add', '203.0.113.0/24', 'via', network.clientAddress);
  for (const from of [network.pods[0]!, network.host]) {
    for (const [address, port] of [
      ['172.30.0.21', 80],
      [WEB, 81],
      ['172.30.99.99', 80],
      [network.hostAddress, 30_090],
      ['203.0.113.7', 80],
    ] as const)
      assert.deepEqual(await network.ask(from, 'tcp', address, port), ['ECONNREFUSED'], `${address}:${port} from ${from}`);
    // A datagram of the machine itself is refused by the call that sends it.
    for (const [address, port] of [
      ['172.30.0.21', 53],
      [network.hostAddress, 30_091],
    ] as const)
      assert.match((await network.ask(from, 'udp', address, port))[0]!, /^(ECONNREFUSED|EPERM)$/);
  }
  assert.deepEqual(await network.ask(network.client, 'tcp', network.hostAddress, 30_090), ['ECONNREFUSED']);
});

test('session affinity keeps a client on one endpoint, through changes and restarts', async (t) => {
  const b = await bench(t, 3);
  const { network } = b;
  const all = [0, 1, 2].map(network.podAddress);
  b.add('web', WEB, all, { sessionAffinity: 'ClientIP' });
  await served(b, network.host);
  const first = names(await network.ask(network.client, 'tcp', network.hostAddress, 30_080, { count: 15 }));
  assert.equal(first.size, 1);
  b.stop.abort();
  await b.done;
  b.start();
  b.add('other', '172.30.0.22', all, {}, [{ port: 80, target: 8080 }]);
  await served(b, network.pods[0]!, '172.30.0.22');
  assert.deepEqual(names(await network.ask(network.client, 'tcp', network.hostAddress, 30_080, { count: 15 })), first);
  // Its endpoint goes: it gets another one, and only one.
  const left = all.filter((_ip, index) => !first.has(`pod${index}`));
  b.add('web', WEB, left, { sessionAffinity: 'ClientIP' });
  await eventually(async () => {
    const second = names(await network.ask(network.client, 'tcp', network.hostAddress, 30_080, { count: 10 }));
    assert.equal(second.size, 1);
    assert.notDeepEqual(second, first);
  });
});

test('externalTrafficPolicy Local keeps the address of the client', async (t) => {
  const b = await bench(t);
  const { network } = b;
  b.add('web', WEB, [network.podAddress(0)], { externalTrafficPolicy: 'Local', type: 'NodePort' });
  await served(b, network.host);
  assert.deepEqual(await network.ask(network.client, 'tcp', network.hostAddress, 30_080), [`pod0 ${network.clientAddress}`]);
  assert.deepEqual(names(await network.ask(network.pods[1]!, 'tcp', network.hostAddress, 30_080)), new Set(['pod0']));
  assert.deepEqual(names(await network.ask(network.host, 'tcp', '127.0.0.1', 30_080)), new Set(['pod0']));
});

test('a UDP client moves on when its endpoint goes', async (t) => {
  const b = await bench(t);
  const { network } = b;
  b.add('web', WEB, [network.podAddress(0)]);
  await served(b, network.host);
  const ask = (): Promise<string[]> => network.ask(network.client, 'udp', network.hostAddress, 30_053, { from: 4053 });
  assert.deepEqual(names(await ask()), new Set(['pod0']));
  b.add('web', WEB, [network.podAddress(1)]);
  // The same source port, within the time that the kernel would remember the old endpoint.
  await eventually(async () => assert.deepEqual(names(await ask()), new Set(['pod1'])), { timeout: 5000 });
});

test('a service of the machine itself: pods and the machine reach it by its cluster IP', async (t) => {
  const b = await bench(t, 1);
  const { network } = b;
  await network.serve(network.host, 'podless-host');
  b.add('api', '172.30.0.1', [network.hostAddress], {}, [{ port: 443, target: 8080 }]);
  await served(b, network.host, '172.30.0.1', 443);
  assert.deepEqual(await network.ask(network.pods[0]!, 'tcp', '172.30.0.1', 443), [`podless-host ${network.podAddress(0)}`]);
});

test('rules stay when the proxy stops, come back when others remove them, and go without a trace', async (t) => {
  let before = '';
  const b = await bench(t, 2, async (bare) => {
    await dropForwardLikeDocker(bare);
    before = await snapshot(bare);
  });
  const { network, host } = b;
  b.add('web', WEB, [network.podAddress(0), network.podAddress(1)]);
  await served(b, network.pods[0]!);

  await network.run(network.host, 'iptables-nft', '-F', 'DOCKER-USER');
  await served(b, network.pods[0]!);
  await network.run(network.host, 'nft', 'delete', 'table', 'ip', `openshift-${BRIDGE}`);
  await served(b, network.pods[0]!);

  b.stop.abort();
  await b.done;
  assert.match((await network.ask(network.pods[0]!, 'tcp', WEB, 80))[0]!, /^pod/);
  // A daemon that starts again finds services that have changed meanwhile.
  b.services.delete('default', 'web');
  b.add('later', '172.30.0.23', [network.podAddress(1)], {}, [{ port: 80, target: 8080 }]);
  const again = b.start();
  await served(b, network.pods[0]!, '172.30.0.23');
  assert.deepEqual(await network.ask(network.pods[0]!, 'tcp', WEB, 80), ['ECONNREFUSED']);
  again.stop.abort();
  await again.done;

  await removeProxyRules({ tableName: BRIDGE, bridge: BRIDGE, host });
  await network.run(network.host, 'iptables-nft', '-A', 'DOCKER-USER', '-j', 'RETURN');
  assert.equal(await snapshot(network), before);
  await removeProxyRules({ tableName: BRIDGE, bridge: BRIDGE, host });
});

test('beside a Docker that uses the legacy iptables', async (t) => {
  const b = await bench(t, 2, (network) => dropForwardLikeDocker(network, 'iptables-legacy'));
  const { network } = b;
  b.add('web', WEB, [network.podAddress(1)]);
  await served(b, network.pods[0]!);
  assert.deepEqual(names(await network.ask(network.client, 'tcp', network.hostAddress, 30_080)), new Set(['pod1']));
  assert.match(
    (await network.run(network.host, 'iptables-legacy', '-S', 'DOCKER-USER')).stdout,
    /openshift-tbr0.*\n.*openshift-tbr0.*\n-A DOCKER-USER -j RETURN/,
  );
  // As at an uninstall: a proxy that runs would put them back.
  b.stop.abort();
  await b.done;
  await removeProxyRules({ tableName: BRIDGE, bridge: BRIDGE, host: b.host });
  assert.doesNotMatch((await network.run(network.host, 'iptables-legacy', '-S')).stdout, /openshift/);
});

test('beside a firewall that drops by default, without Docker', async (t) => {
  const b = await bench(t, 2, async (network) => {
    for (const chain of ['FORWARD', 'INPUT']) await network.run(network.host, 'iptables-nft', '-P', chain, 'DROP');
    await network.run(network.host, 'iptables-nft', '-A', 'INPUT', '-i', 'lo', '-j', 'ACCEPT');
  });
  const { network } = b;
  await network.serve(network.host, 'pod-host');
  b.add('web', WEB, [network.podAddress(1)]);
  b.add('api', '172.30.0.1', [network.hostAddress], {}, [{ port: 443, target: 8080 }]);
  await served(b, network.pods[0]!);
  await served(b, network.pods[0]!, '172.30.0.1', 443);
  // Only what a service leads to is let in.
  assert.deepEqual(await network.ask(network.pods[0]!, 'tcp', network.hostAddress, 8080, { timeout: 300 }), ['ETIMEDOUT']);
});

/** Rules of every kind and routes of the miniature machine, without counters. */
async function snapshot(network: ProxyNetwork): Promise<string> {
  const parts = [
    await network.run(network.host, 'nft', 'list', 'ruleset'),
    await network.run(network.host, 'iptables-nft', '-S'),
    await network.run(network.host, 'ip', 'route'),
  ];
  return parts.map(({ stdout }) => stdout.replaceAll(/packets \d+ bytes \d+/g, '')).join('\n');
}
