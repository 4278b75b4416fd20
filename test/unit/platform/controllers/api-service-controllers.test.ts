import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import { apiServiceAvailabilityController } from '../../../../lib/platform/controllers/api-service-availability-controller.ts';
import { apiServiceRegistrationController } from '../../../../lib/platform/controllers/api-service-registration-controller.ts';
import { extensionAuthenticationPublisher } from '../../../../lib/platform/controllers/extension-authentication-publisher.ts';
import {
  API_SERVICES,
  CONFIG_MAPS,
  ENDPOINT_SLICES,
  NAMESPACES,
  refTo,
  SERVICES,
} from '../../../../lib/platform/controllers/resources.ts';
import { eventually } from '../../../support/eventually.ts';
import { type ControllerRig, startControllers } from '../../../support/run-controllers.ts';

const remote = (port = 443): KubeObject => ({
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  metadata: { name: 'v1.example.com' },
  spec: {
    group: 'example.com',
    version: 'v1',
    service: { namespace: 'default', name: 'api', port },
    groupPriorityMinimum: 1000,
    versionPriority: 15,
  },
});
const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'api', namespace: 'default' },
  spec: { type: 'ClusterIP', ports: [{ name: 'https', port: 443 }] },
};
const slice = (ready: boolean): KubeObject => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 'api-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'api' } },
  endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready } }],
  ports: [{ name: 'https', port: 8443 }],
});

async function saying(rig: ControllerRig, expected: readonly unknown[]): Promise<void> {
  await eventually(async () => {
    const { status, reason, message } = (await rig.verbs.get({ ...API_SERVICES, name: 'v1.example.com' })).status.conditions[0];
    assert.deepEqual([status, reason, message], expected);
  });
}

test('each step on the way to an extension server is told by its own reason', async () => {
  let answers: Error | undefined = new Error('failing or missing response');
  const probe = (): Promise<void> => (answers === undefined ? Promise.resolve() : Promise.reject(answers));
  await using rig = startControllers([apiServiceAvailabilityController(probe)]);
  const object = await rig.create(API_SERVICES, remote(8443));
  await saying(rig, ['False', 'ServiceNotFound', 'service/api in "default" is not present']);
  await rig.create(SERVICES, service);
  await saying(rig, ['False', 'ServicePortError', 'service/api in "default" is not listening on port 8443']);
  const live = await rig.verbs.get(refTo(API_SERVICES, object));
  await rig.verbs.update(refTo(API_SERVICES, live), { ...live, spec: remote().spec });
  await saying(rig, ['False', 'EndpointsNotFound', 'cannot find endpointslices for service/api in "default"']);
  const made = await rig.create(ENDPOINT_SLICES, slice(false));
  const missing = 'endpointslices for service/api in "default" have no addresses with port name "https"';
  await saying(rig, ['False', 'MissingEndpoints', missing]);
  await rig.verbs.update(refTo(ENDPOINT_SLICES, made), { ...slice(true), metadata: made.metadata });
  await saying(rig, ['False', 'FailedDiscoveryCheck', 'failing or missing response']);
  answers = undefined;
  // It looks again by itself.
  await eventually(async () => {
    await rig.verbs.clock.advance(30_000);
    await saying(rig, ['True', 'Passed', 'all checks passed']);
  });
});

test('what is served here is said to be, and stays so unless somebody else is to serve it', async () => {
  const served = [
    { group: '', version: 'v1' },
    { group: 'apps', version: 'v1' },
  ];
  await using rig = startControllers([apiServiceRegistrationController(served)]);
  await eventually(async () => {
    const names = (await rig.list(API_SERVICES)).map(({ metadata }) => metadata.name);
    assert.deepEqual(names, ['v1.', 'v1.apps']);
  });
  const ref = { ...API_SERVICES, name: 'v1.apps' };
  await rig.verbs.delete(ref);
  await eventually(() => rig.verbs.get(ref));
  const found = await rig.verbs.get(ref);
  assert.deepEqual(found.spec, { group: 'apps', version: 'v1', groupPriorityMinimum: 17_800, versionPriority: 15 });
  await rig.verbs.update(ref, { ...found, spec: { ...found.spec, versionPriority: 3 } });
  await eventually(async () => assert.equal((await rig.verbs.get(ref)).spec.versionPriority, 15));
  const again = await rig.verbs.get(ref);
  const spec = { ...again.spec, service: { namespace: 'a', name: 'b', port: 443 } };
  await rig.verbs.update(ref, { ...again, spec });
  await rig.verbs.delete({ ...API_SERVICES, name: 'v1.' });
  await eventually(() => rig.verbs.get({ ...API_SERVICES, name: 'v1.' }));
  assert.deepEqual((await rig.verbs.get(ref)).spec, spec);
});

test('extension servers are told whom to believe, and told again when it was changed', async () => {
  const trust = { clientCaPem: 'clients', proxyCaPem: 'proxies', proxyName: 'front' };
  await using rig = startControllers([extensionAuthenticationPublisher(trust)]);
  await rig.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system' } });
  const ref = { ...CONFIG_MAPS, namespace: 'kube-system', name: 'extension-apiserver-authentication' };
  const data = async (): Promise<Record<string, string>> => (await rig.verbs.get(ref))['data'];
  await eventually(async () =>
    assert.deepEqual(await data(), {
      'client-ca-file': 'clients',
      'requestheader-allowed-names': '["front"]',
      'requestheader-client-ca-file': 'proxies',
      'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
      'requestheader-group-headers': '["X-Remote-Group"]',
      'requestheader-uid-headers': '["X-Remote-Uid"]',
      'requestheader-username-headers': '["X-Remote-User"]',
    }),
  );
  await rig.verbs.update(ref, { ...(await rig.verbs.get(ref)), data: { 'client-ca-file': 'mallory' } });
  await eventually(async () => assert.equal((await data())['client-ca-file'], 'clients'));
});
