import assert from 'node:assert/strict';
import { test } from 'node:test';
import { removeProxyRules } from '../../lib/platform/node/proxy/remove-rules.ts';
import { eventually } from '../support/eventually.ts';
import { BRIDGE, dropForwardLikeDocker, type ProxyNetwork } from './proxy-network.ts';
import { bench, names, served, WEB } from './proxy-bench.ts';

/** Prints the senders of what comes, until a moment after the last one has sent. */
const LISTEN = `
const [port, last] = process.argv.slice(1);
const s = require('dgram').createSocket('udp4');
s.on('message', (_, from) => {
  console.log(from.address);
  if (from.address === last) setTimeout(() => s.close(), 300);
}).bind(Number(port));
setTimeout(() => process.exit(), 60000).unref();`;

/** Sends one datagram from an address. */
const SEND = `
const [from, to, port] = process.argv.slice(1);
const s = require('dgram').createSocket('udp4');
s.bind(0, from, () => s.send('hello', Number(port), to, (error) => { if (error) console.error(error.code); s.close(); }));`;

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
    const heard = network.run(network.host, process.execPath, '--eval', LISTEN, '9090', network.podAddress(0));
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
