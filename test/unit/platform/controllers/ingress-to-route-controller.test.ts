import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import type { Route } from '../../../../lib/platform/api/route/route-types.ts';
import { ingressToRouteController } from '../../../../lib/platform/controllers/ingress-to-route-controller.ts';
import { INGRESS_CLASSES, INGRESSES, refTo, ROUTES, SECRETS, SERVICES } from '../../../../lib/platform/controllers/resources.ts';
import { eventually } from '../../../support/eventually.ts';
import { type ControllerRig, startControllers } from '../../../support/run-controllers.ts';

const object = (kind: string, name: string, fields: object, metadata: object = {}): KubeObject => ({
  apiVersion: kind.startsWith('Ingress') ? 'networking.k8s.io/v1' : 'v1',
  kind,
  metadata: { name, ...(kind === 'IngressClass' ? {} : { namespace: 'shop' }), ...metadata },
  ...fields,
});
const path = (text: string, number: number, pathType = 'Prefix'): object => ({
  path: text,
  pathType,
  backend: { service: { name: 'web', port: { number } } },
});
const ingress = (name: string, more: object = {}, metadata: object = {}): KubeObject =>
  object('Ingress', name, { spec: { rules: [{ host: 'a.test', http: { paths: [path('/', 80)] } }], ...more } }, metadata);
const service = object('Service', 'web', { spec: { ports: [{ name: 'http', port: 80, targetPort: 8080 }] } });
const encoded = (text: string): string => Buffer.from(text).toString('base64');

const routes = (rig: ControllerRig): Promise<Route[]> => rig.list<Route>(ROUTES, 'shop');
const settled = (rig: ControllerRig, count: number): Promise<Route[]> =>
  eventually(async () => {
    const all = await routes(rig);
    assert.equal(all.length, count);
    return all;
  });

test('each path with a host is a route, which waits for its service and goes with the path', async () => {
  await using rig = startControllers([ingressToRouteController()]);
  const paths = [path('/', 80), path('/api', 80), path('/exact', 80, 'Exact'), path('/none', 81)];
  const spec = { rules: [{ host: 'a.test', http: { paths } }, { http: { paths } }] };
  const made = await rig.create(INGRESSES, ingress('web', spec, { labels: { app: 'web' }, annotations: { note: 'x' } }));
  assert.deepEqual(await routes(rig), []);
  await rig.create(SERVICES, service);
  const all = await settled(rig, 2);
  const root = all.find((route) => route.spec.path === undefined)!;
  assert.deepEqual(root.spec, {
    host: 'a.test',
    to: { kind: 'Service', name: 'web', weight: 100 },
    port: { targetPort: 'http' },
    wildcardPolicy: 'None',
  });
  assert.deepEqual([root.metadata.labels, root.metadata.annotations], [{ app: 'web' }, { note: 'x' }]);
  assert.equal(root.metadata.ownerReferences?.[0]?.uid, made.metadata.uid);
  await rig.verbs.update(refTo(ROUTES, root), { ...root, spec: { ...root.spec, host: 'stolen.test' } });
  await eventually(async () => assert.ok((await routes(rig)).every((route) => route.spec.host === 'a.test')));
  const live = await rig.verbs.get(refTo(INGRESSES, made));
  await rig.verbs.update(refTo(INGRESSES, made), {
    ...live,
    spec: { rules: [{ host: 'a.test', http: { paths: [path('/api', 80)] } }] },
  });
  assert.equal((await settled(rig, 1))[0]!.spec.path, '/api');
});

test('certificates come from the secret, once it is there', async () => {
  await using rig = startControllers([ingressToRouteController()]);
  await rig.create(SERVICES, service);
  await rig.create(INGRESSES, ingress('web', { tls: [{ hosts: ['a.test'], secretName: 'cert' }] }));
  const data = { 'tls.crt': encoded('C'), 'tls.key': encoded('K') };
  await rig.create(SECRETS, object('Secret', 'cert', { type: 'kubernetes.io/tls', data }));
  const [route] = await settled(rig, 1);
  assert.deepEqual(route!.spec.tls, {
    termination: 'edge',
    insecureEdgeTerminationPolicy: 'Redirect',
    certificate: 'C',
    key: 'K',
  });
});

test("ingresses of others' classes are theirs", async () => {
  await using rig = startControllers([ingressToRouteController()]);
  await rig.create(SERVICES, service);
  await rig.create(INGRESS_CLASSES, object('IngressClass', 'nginx', { spec: { controller: 'k8s.io/ingress-nginx' } }));
  await rig.create(INGRESSES, ingress('theirs', { ingressClassName: 'nginx' }));
  await rig.create(INGRESSES, ingress('nobodys', { ingressClassName: 'absent' }));
  await rig.create(INGRESSES, ingress('plain'));
  assert.match((await settled(rig, 1))[0]!.metadata.name!, /^plain-/);
  await rig.create(INGRESS_CLASSES, object('IngressClass', 'absent', { spec: { controller: 'openshift.io/ingress-to-route' } }));
  assert.match((await settled(rig, 2))[0]!.metadata.name!, /^nobodys-/);
});
