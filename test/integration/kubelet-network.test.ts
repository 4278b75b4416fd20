import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { askBare, type KubeletRig, kubeletRig, PODS, serve, sh } from '../support/kubelet-rig.ts';

describe('kubelet on Docker: the network of a pod', () => {
  let rig: KubeletRig;
  before(async () => {
    rig = await kubeletRig();
  });
  after(async () => {
    await rig[Symbol.asyncDispose]();
  });

  it('shares the network with the host where asked, and opens host ports', async () => {
    const server = createServer((_, response) => response.end('host')).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const hostPort = await freePort();
    await rig.create('hostnet', {
      hostNetwork: true,
      containers: [sh(`wget -q -O - http://127.0.0.1:${port}/; cat /etc/hosts; trap "exit 0" TERM; sleep 1000 & wait`)],
    });
    await rig.create('ported', { containers: [{ ...serve, ports: [{ containerPort: 8080, hostPort }] }] });
    const status = await rig.status('hostnet', (status) => status.phase === 'Running');
    assert.equal(status.podIP, '192.0.2.2');
    await eventually(async () =>
      assert.match(await rig.logs('hostnet'), /^host# Kubernetes-managed hosts file \(host network\)\./),
    );
    server.close();
    await rig.status('ported', (status) => status.phase === 'Running');
    await eventually(async () => assert.match(await askBare('127.0.0.1', hostPort), /web-a ported/));
    for (const name of ['hostnet', 'ported']) await rig.client.delete({ ...PODS, name });
    for (const name of ['hostnet', 'ported']) await rig.gone(name);
    await assert.rejects(askBare('127.0.0.1', hostPort));
  });

  it('writes hosts and resolv.conf', async () => {
    await rig.create('names', {
      hostname: 'box',
      subdomain: 'sub',
      hostAliases: [{ ip: '192.0.2.9', hostnames: ['alias.example', 'other'] }],
      dnsConfig: { options: [{ name: 'ndots', value: '2' }], searches: ['extra.example'] },
      containers: [sh('hostname; cat /etc/hosts; cat /etc/resolv.conf; trap "exit 0" TERM; sleep 1000 & wait')],
    });
    const { podIP } = await rig.status('names', (status) => status.phase === 'Running');
    const log = (await eventually(async () => {
      const log = await rig.logs('names');
      return log.includes('options') ? log : false;
    })) as string;
    assert.match(log, /^box\n# Kubernetes-managed hosts file\.\n127\.0\.0\.1\tlocalhost\n/);
    assert.ok(log.includes(`${podIP}\tbox.sub.default.svc.cluster.local\tbox\n`));
    assert.ok(log.includes('\n# Entries added by HostAliases.\n192.0.2.9\talias.example\tother\n'));
    assert.match(
      log,
      /search default\.svc\.cluster\.local svc\.cluster\.local cluster\.local .*extra\.example\nnameserver 172\.30\.0\.10\noptions ndots:2\n/,
    );
    await rig.client.delete({ ...PODS, name: 'names' });
    await rig.gone('names');
  });
});
