import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootstrapController } from '../../../../lib/platform/controllers/bootstrap-controller.ts';
import { ENDPOINT_SLICES, ENDPOINTS, NAMESPACES, refTo, SERVICES } from '../../../../lib/platform/controllers/resources.ts';
import { eventually } from '../../../support/eventually.ts';
import { FakeVerbs } from '../../../support/fake-verbs.ts';
import { startControllers } from '../../../support/run-controllers.ts';

const ADDRESSES = { nodeIP: '192.0.2.7', apiPort: 8443, dnsPort: 8053, kubernetesIP: '172.30.0.1', dnsIP: '172.30.0.10' };

test('a new cluster gets its namespaces and the services of the API and of DNS', async () => {
  await using rig = startControllers([bootstrapController(ADDRESSES)]);
  await eventually(async () => assert.equal((await rig.list(ENDPOINTS)).length, 2));
  const namespaces = (await rig.list(NAMESPACES)).map(({ metadata }) => metadata.name);
  assert.deepEqual(namespaces, ['default', 'kube-node-lease', 'kube-public', 'kube-system', 'openshift']);
  const services = (await rig.list(SERVICES)).map(({ metadata, ...rest }) => [
    `${metadata.namespace}/${metadata.name}`,
    rest['spec'].clusterIP,
    rest['spec'].ports.map((port: { port: number; protocol: string }) => `${port.port}/${port.protocol}`).join(),
  ]);
  assert.deepEqual(services, [
    ['kube-system/kube-dns', '172.30.0.10', '53/UDP,53/TCP'],
    ['default/kubernetes', '172.30.0.1', '443/TCP'],
  ]);
  const endpoints = (await rig.list(ENDPOINTS)).map((one) => one['subsets'][0]);
  assert.deepEqual(endpoints[1], { addresses: [{ ip: '192.0.2.7' }], ports: [{ name: 'https', port: 8443, protocol: 'TCP' }] });
  assert.deepEqual(
    endpoints[0].ports.map(({ port }: { port: number }) => port),
    [8053, 8053],
  );
  await eventually(async () => assert.equal((await rig.list(ENDPOINT_SLICES)).length, 2));
  const kubernetes = (await rig.list(ENDPOINT_SLICES))[1]!;
  assert.deepEqual(kubernetes.metadata.labels, { 'kubernetes.io/service-name': 'kubernetes' });
  assert.deepEqual(
    [kubernetes['endpoints'][0].addresses, kubernetes['ports']],
    [['192.0.2.7'], [{ name: 'https', port: 8443, protocol: 'TCP' }]],
  );
});

test('what is deleted or changed comes back, and a settled cluster is not written to', async () => {
  const verbs = new FakeVerbs();
  const first = startControllers([bootstrapController(ADDRESSES)], verbs);
  await eventually(async () => assert.equal((await first.list(ENDPOINT_SLICES)).length, 2));
  const [dns] = await first.list(SERVICES);
  const kubernetes = (await first.list(ENDPOINTS))[1]!;
  await verbs.delete(refTo(SERVICES, dns!));
  await verbs.update(refTo(ENDPOINTS, kubernetes), { ...kubernetes, subsets: [] });
  await verbs.delete(refTo(ENDPOINT_SLICES, (await first.list(ENDPOINT_SLICES))[0]!));
  await eventually(async () => {
    assert.equal((await first.list(SERVICES)).length, 2);
    assert.equal((await first.list(ENDPOINTS))[1]!['subsets'].length, 1);
    assert.equal((await first.list(ENDPOINT_SLICES)).length, 2);
  });
  await first[Symbol.asyncDispose]();
  const writes = verbs.writes.length;
  const second = startControllers([bootstrapController(ADDRESSES)], verbs);
  await new Promise((resolve) => setTimeout(resolve, 20));
  await second[Symbol.asyncDispose]();
  assert.deepEqual(verbs.writes.slice(writes), []);
  // The machine has another address after a restart.
  await using third = startControllers([bootstrapController({ ...ADDRESSES, nodeIP: '192.0.2.8' })], verbs);
  await eventually(async () => assert.equal((await third.list(ENDPOINTS))[1]!['subsets'][0].addresses[0].ip, '192.0.2.8'));
  await eventually(async () => assert.equal((await third.list(ENDPOINT_SLICES))[1]!['endpoints'][0].addresses[0], '192.0.2.8'));
});
