import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { bench, names, served, WEB } from './proxy-bench.ts';

test('cluster IPs and node ports, from pods, from the machine and from outside', async (t) => {
  const b = await bench(t);
  const { network } = b;
  const [pod0, pod1] = network.pods as [string, string];
  b.add('web', WEB, [network.podAddress(0), network.podAddress(1)]);
  // The kernel's switches come after the rules, each for the way of another.
  await served(b, network.host);
  await served(b, pod0);
  await served(b, network.client, network.hostAddress, 30_080);
  await served(b, network.host, '127.0.0.1', 30_080);

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
  await served(b, network.pods[1]!);
  await served(b, network.host, '127.0.0.1', 30_080);
  assert.deepEqual(await network.ask(network.client, 'tcp', network.hostAddress, 30_080), [`pod0 ${network.clientAddress}`]);
  assert.deepEqual(names(await network.ask(network.pods[1]!, 'tcp', network.hostAddress, 30_080)), new Set(['pod0']));
  assert.deepEqual(names(await network.ask(network.host, 'tcp', '127.0.0.1', 30_080)), new Set(['pod0']));
});

test('a UDP client moves on when its endpoint goes', async (t) => {
  const b = await bench(t);
  const { network } = b;
  b.add('web', WEB, [network.podAddress(0)]);
  await served(b, network.host);
  const ask = (more = {}): Promise<string[]> =>
    network.ask(network.client, 'udp', network.hostAddress, 30_053, { from: 4053, ...more });
  assert.deepEqual(names(await ask()), new Set(['pod0']));
  b.add('web', WEB, [network.podAddress(1)]);
  // The same source port, within the time that the kernel would remember the old endpoint.
  await eventually(async () => assert.deepEqual(names(await ask({ timeout: 1_500 })), new Set(['pod1'])));
});

test('a service of the machine itself: pods and the machine reach it by its cluster IP', async (t) => {
  const b = await bench(t, 1);
  const { network } = b;
  await network.serve(network.host, 'podless-host');
  b.add('api', '172.30.0.1', [network.hostAddress], {}, [{ port: 443, target: 8080 }]);
  await served(b, network.host, '172.30.0.1', 443);
  await served(b, network.pods[0]!, '172.30.0.1', 443);
  assert.deepEqual(await network.ask(network.pods[0]!, 'tcp', '172.30.0.1', 443), [`podless-host ${network.podAddress(0)}`]);
});
