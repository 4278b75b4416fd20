import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLog } from '../../lib/common/log.ts';
import { packageRoot } from '../../lib/common/assets.ts';
import { createProxy } from '../../lib/platform/node/proxy/proxy.ts';
import { machineHost } from '../../lib/platform/node/proxy/proxy-host.ts';
import { eventually } from '../support/eventually.ts';
import { endpoints, FakeInformer, service } from '../unit/platform/node/proxy/fake-informer.ts';
import { proxySettings, createProxyNetwork, dropForwardLikeDocker } from './proxy-network.ts';

const DNS_PORTS = [
  { name: 'dns', protocol: 'UDP', port: 53, target: 8053 },
  { name: 'dns-tcp', protocol: 'TCP', port: 53, target: 8053 },
];

test('a pod resolves the names of the cluster with its C library, by the cluster IP of DNS', async (t) => {
  const stop = new AbortController();
  const running: Promise<void>[] = [];
  t.after(async () => {
    stop.abort();
    await Promise.all(running);
  });
  const network = await createProxyNetwork(t, 1);
  const [pod] = network.pods as [string];
  await dropForwardLikeDocker(network);
  const script = join(packageRoot(), 'test', 'integration', 'dns-process.ts');
  const server = spawn('ip', ['netns', 'exec', network.host, process.execPath, script, network.hostAddress, '8053'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => server.kill('SIGKILL'));
  await once(server.stdout, 'data');
  const informers = { services: new FakeInformer(), endpoints: new FakeInformer() };
  informers.endpoints.set(endpoints('dns', [network.hostAddress], DNS_PORTS));
  informers.services.set(service('dns', '172.30.0.10', DNS_PORTS));
  const proxy = createProxy({
    ...informers,
    ...proxySettings(network),
    log: silentLog,
    host: machineHost(['ip', 'netns', 'exec', network.host]),
  });
  running.push(proxy.run(stop.signal));
  // As the kubelet writes it; `ip netns exec` puts it in place of the machine's.
  await mkdir(`/etc/netns/${pod}`, { recursive: true });
  t.after(() => rm(`/etc/netns/${pod}`, { recursive: true, force: true }));
  const resolvConf =
    'nameserver 172.30.0.10\nsearch default.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5 timeout:2\n';
  await writeFile(`/etc/netns/${pod}/resolv.conf`, resolvConf);
  const resolve = async (name: string): Promise<string[]> => {
    const { stdout } = await network.run(pod, 'getent', 'ahostsv4', name);
    return [...new Set(stdout.split('\n').flatMap((line) => / STREAM/.exec(line) && line.split(' ')[0]!))].filter(
      (ip) => ip !== null,
    );
  };
  await eventually(async () => assert.deepEqual(await resolve('web'), ['172.30.0.20']));
  assert.deepEqual(await resolve('web.default'), ['172.30.0.20']);
  assert.deepEqual(await resolve('web.default.svc.cluster.local'), ['172.30.0.20']);
  assert.deepEqual(await resolve('nothing.default'), []);
  assert.equal((await resolve('db')).length, 100);
  const reverse = await network.run(pod, 'getent', 'hosts', '172.30.0.20');
  assert.match(reverse.stdout, /web\.default\.svc\.cluster\.local/);
});
