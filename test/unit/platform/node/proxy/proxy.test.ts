import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createLog } from '../../../../../lib/common/log.ts';
import type { ProxyOptions } from '../../../../../lib/platform/node/proxy/proxy-options.ts';
import { createProxy } from '../../../../../lib/platform/node/proxy/proxy.ts';
import { removeProxyRules } from '../../../../../lib/platform/node/proxy/remove-rules.ts';
import { eventually } from '../../../../support/eventually.ts';
import { FakeHost } from './fake-host.ts';
import { endpoints, FakeInformer, service } from './fake-informer.ts';

const WEB = [{ port: 80, target: 8080 }];

function start(
  t: TestContext,
  host: FakeHost,
  more: Pick<Partial<ProxyOptions>, 'recordPath' | 'onRemoved'> = {},
): { services: FakeInformer; endpoints: FakeInformer; log: string[]; end: () => Promise<void> } {
  const informers = { services: new FakeInformer(), endpoints: new FakeInformer() };
  const stop = new AbortController();
  t.after(() => stop.abort());
  const log: string[] = [];
  const proxy = createProxy({
    ...informers,
    nodeAddresses: ['192.0.2.2'],
    podCIDR: '10.128.0.0/23',
    clusterCIDR: '10.128.0.0/14',
    serviceCIDR: '172.30.0.0/16',
    nodePortRange: '30000-32767',
    bridge: 't',
    tableName: 't',
    assertInterval: 20,
    log: createLog({ name: 'proxy', level: 'debug', write: (line) => void log.push(line) }),
    host,
    ...more,
  });
  const done = proxy.run(stop.signal);
  const end = (): Promise<void> => {
    stop.abort();
    return done;
  };
  return { ...informers, log, end };
}

/** An nft that keeps the scripts it was given; `handles` is what `list tables` shows. */
function scriptedNft(host: FakeHost): { scripts: string[]; handles: Record<string, number>; code: number } {
  const nft = { scripts: [] as string[], handles: { 'ip openshift-t': 7 } as Record<string, number>, code: 0 };
  host.programs.set('nft', (args, input) => {
    if (args[0] === '-f') {
      if (nft.code === 0) nft.scripts.push(input);
      return { code: nft.code, stderr: 'Error: kernel says no' };
    }
    if (args.includes('table')) return { code: 1 };
    const tables = Object.entries(nft.handles).map(([key, handle]) => ({
      table: { family: key.split(' ')[0], name: key.split(' ')[1], handle },
    }));
    return { stdout: JSON.stringify({ nftables: [{ metainfo: {} }, ...tables] }) };
  });
  return nft;
}

test('the first write is whole, the next only what changed', async (t) => {
  const host = new FakeHost();
  const nft = scriptedNft(host);
  const { services, endpoints: ends } = start(t, host);
  await eventually(() => assert.equal(nft.scripts.length, 1));
  assert.match(nft.scripts[0]!, /^add table ip openshift-t\ndelete table ip openshift-t\nadd table ip openshift-t\n/);
  ends.set(endpoints('web', ['10.128.0.5'], WEB));
  services.set(service('web', '172.30.0.20', WEB));
  await eventually(() => assert.equal(nft.scripts.length, 2));
  assert.ok(!nft.scripts[1]!.includes('table'));
  assert.match(nft.scripts[1]!, /add element ip openshift-t services-tcp \{ 172\.30\.0\.20 \. 80 : goto svc-/);
});

test("the loopback is opened to the bridge's packets only behind rules that keep those of pods away", async (t) => {
  const host = new FakeHost();
  const localnet = '/proc/sys/net/ipv4/conf/t/route_localnet';
  host.files.set(localnet, '0\n');
  const nft = scriptedNft(host);
  nft.code = 1;
  const { log } = start(t, host);
  await eventually(() => assert.ok(log.some((line) => line.includes('kernel says no'))));
  assert.equal(host.files.get(localnet), '0\n');
  nft.code = 0;
  await eventually(() => assert.equal(host.files.get(localnet), '1\n'));
  for (const side of ['daddr', 'saddr'])
    assert.ok(nft.scripts[0]!.includes(`add rule ip openshift-t raw iifname "t" ip ${side} 127.0.0.0/8 drop`));
});

test('a refused change is said with the reason, tried again, and the rules are written whole then', async (t) => {
  const host = new FakeHost();
  const nft = scriptedNft(host);
  nft.code = 1;
  const { log } = start(t, host);
  await eventually(() => assert.ok(log.some((line) => line.includes('kernel says no'))));
  nft.code = 0;
  await eventually(() => assert.match(nft.scripts.at(-1) ?? '', /^add table/));
});

test('a table that is gone is written again', async (t) => {
  const host = new FakeHost();
  const nft = scriptedNft(host);
  let told = 0;
  start(t, host, { onRemoved: () => void told++ });
  await eventually(() => assert.equal(nft.scripts.length, 1));
  await eventually(() => assert.ok(host.ran.filter((line) => line.includes('list tables')).length > 2));
  assert.equal(nft.scripts.length, 1);
  assert.equal(told, 0);
  nft.handles = {};
  await eventually(() => assert.ok(nft.scripts.length > 1));
  assert.match(nft.scripts[1]!, /^add table/);
  nft.handles = { 'ip openshift-t': 8 };
  await eventually(() => assert.ok(host.ran.filter((line) => line.includes('list tables')).length > 6));
  const written = nft.scripts.length;
  // Somebody flushed everything, and a backup of the rules came back: the same name, another table.
  nft.handles = { 'ip openshift-t': 9 };
  await eventually(() => assert.ok(nft.scripts.length > written));
  // Others of this node had rules there too.
  assert.ok(told >= 2);
});

test('under firewalld the bridge joins the trusted zone, again after each reload', async (t) => {
  const host = new FakeHost();
  const nft = scriptedNft(host);
  const trusted = new Set<string>();
  host.programs.set('firewall-cmd', ([, action]) => {
    const [verb, bridge] = action!.split('=') as [string, string];
    if (verb === '--query-interface') return { code: trusted.has(bridge) ? 0 : 1 };
    if (verb === '--change-interface') trusted.add(bridge);
    if (verb === '--remove-interface') trusted.delete(bridge);
    return {};
  });
  const { end } = start(t, host);
  await eventually(() => assert.equal(nft.scripts.length, 1));
  assert.ok(!host.ran.some((line) => line.startsWith('firewall-cmd')));
  nft.handles = { ...nft.handles, 'inet firewalld': 3 };
  await eventually(() => assert.ok(trusted.has('t')));
  trusted.clear();
  nft.handles = { ...nft.handles, 'inet firewalld': 4 };
  await eventually(() => assert.ok(trusted.has('t')));
  await end();
  await removeProxyRules({ tableName: 't', bridge: 't', host });
  assert.equal(trusted.size, 0);
});

test('kernel switches are set, the old values kept, and given back', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'proxy-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const recordPath = join(dir, 'node', 'sysctls.json');
  const host = new FakeHost();
  scriptedNft(host);
  host.files.set('/proc/sys/net/ipv4/ip_forward', '0\n');
  host.files.set('/proc/sys/net/bridge/bridge-nf-call-iptables', '1\n');
  const { end } = start(t, host, { recordPath });
  await eventually(() => assert.equal(host.files.get('/proc/sys/net/ipv4/ip_forward'), '1\n'));
  // The bridge comes with the first pod.
  host.files.set('/proc/sys/net/ipv4/conf/t/route_localnet', '0\n');
  await eventually(() => assert.equal(host.files.get('/proc/sys/net/ipv4/conf/t/route_localnet'), '1\n'));
  await end();
  await removeProxyRules({ tableName: 't', bridge: 't', recordPath, host });
  assert.equal(host.files.get('/proc/sys/net/ipv4/ip_forward'), '0\n');
  assert.equal(host.files.get('/proc/sys/net/bridge/bridge-nf-call-iptables'), '1\n');
});

test('a switch that Docker needs by now is kept', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'proxy-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const recordPath = join(dir, 'sysctls.json');
  const host = new FakeHost();
  scriptedNft(host);
  host.files.set('/proc/sys/net/ipv4/ip_forward', '0\n');
  const { end } = start(t, host, { recordPath });
  await eventually(() => assert.equal(host.files.get('/proc/sys/net/ipv4/ip_forward'), '1\n'));
  await end();
  host.files.set('/proc/sys/net/ipv4/conf/docker0/forwarding', '1\n');
  await removeProxyRules({ tableName: 't', bridge: 't', recordPath, host });
  assert.equal(host.files.get('/proc/sys/net/ipv4/ip_forward'), '1\n');
});

test('the route to the service network is only added where there is no other', async (t) => {
  const host = new FakeHost();
  scriptedNft(host);
  host.programs.set('ip', () => ({}));
  const header = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n';
  host.files.set('/proc/net/route', `${header}eth0\t00000000\t0102000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n`);
  start(t, host);
  await eventually(() => assert.ok(host.ran.filter((line) => line.startsWith('nft')).length > 2));
  assert.ok(!host.ran.some((line) => line.startsWith('ip ')));
  host.files.set('/proc/net/route', `${header}eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n`);
  await eventually(() => assert.ok(host.ran.includes('ip -4 route replace 172.30.0.0/16 dev lo src 192.0.2.2')));
  // 172.30.0.0/16 as the kernel writes it.
  host.files.set('/proc/net/route', `${header}lo\t00001EAC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n`);
});

test('where the kernel cannot limit connections, services work without, and that is said once', async (t) => {
  const host = new FakeHost();
  const nft = scriptedNft(host);
  const { services, endpoints: ends, log } = start(t, host);
  const limited = (name: string, ip: string): void => {
    ends.set(endpoints(name, ['10.128.0.5'], WEB));
    services.set(service(name, ip, WEB, {}, { 'openshift.io/connections-per-client': '64' }));
  };
  host.programs.set('nft', refusing(host.programs.get('nft')!, '--check'));
  limited('web', '172.30.0.20');
  await eventually(() => assert.match(nft.scripts.join(''), /172\.30\.0\.20 \. 80 : goto svc-/));
  limited('more', '172.30.0.21');
  await eventually(() => assert.match(nft.scripts.join(''), /172\.30\.0\.21 \. 80 : goto svc-/));
  assert.ok(!nft.scripts.join('').includes('ct count'));
  assert.equal(log.filter((line) => line.includes('cannot limit connections')).length, 1);
});

type Program = Parameters<FakeHost['programs']['set']>[1];

const refusing =
  (program: Program, option: string): Program =>
  (args, input) =>
    args.includes(option)
      ? { code: 1, stderr: 'Error: Could not process rule: No such file or directory' }
      : program(args, input);
