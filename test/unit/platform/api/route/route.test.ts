import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { KubeObject } from '../../../../../lib/platform/api/meta.ts';
import { route } from '../../../../../lib/platform/api/route/route.ts';
import { type Authority, ensureAuthority, type KeyPair } from '../../../../../lib/platform/pki/authority.ts';
import { kindCases } from '../../../../support/kind-cases.ts';
import { type MemoryPlatform, startMemoryPlatform } from '../../../../support/memory-platform.ts';

const cases = kindCases(route);
const spec = (more: object = {}): { spec: object } => ({ spec: { to: { kind: 'Service', name: 'web' }, ...more } });
const tls = (more: object): { spec: object } => spec({ tls: { termination: 'edge', ...more } });
const ROUTES = { group: 'route.openshift.io', version: 'v1', resource: 'routes' };

let folder: string;
let authority: Authority;
let pair: KeyPair;
let platform: MemoryPlatform;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'route-test-'));
  authority = await ensureAuthority(folder);
  pair = await authority.issue({ commonName: 'shop.example.test', dnsNames: ['shop.example.test'], usages: ['server'] });
  platform = await startMemoryPlatform();
  await platform.local.create({ group: '', version: 'v1', resource: 'namespaces' }, namespace('shop'));
});
after(async () => {
  await platform[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const namespace = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
const routeNamed = (name: string, more: object = {}): KubeObject => ({
  apiVersion: 'route.openshift.io/v1',
  kind: 'Route',
  metadata: { name },
  ...spec(more),
});

test('a route gets a host, a weight, and no status from its client', () => {
  const made = cases.create({ spec: { to: { name: 'web' }, tls: {} }, status: { ingress: [{ host: 'forged' }] } });
  assert.deepEqual(made['spec'], {
    host: 'x-default.apps.example.test',
    subdomain: '',
    to: { kind: 'Service', name: 'web', weight: 100 },
    tls: { termination: 'edge' },
    wildcardPolicy: 'None',
  });
  assert.equal(made.metadata.annotations?.['openshift.io/host.generated'], 'true');
  assert.deepEqual(made['status'], { ingress: [] });
  assert.equal(cases.create(spec({ subdomain: 'www' }))['spec'].host, 'www.apps.example.test');
});

test('each mistake has its cause', () => {
  const table: [object, string[]][] = [
    [{}, []],
    [{ host: 'Shop_1' }, ['spec.host: Invalid value: "Shop_1": host must conform to DNS 952 subdomain conventions']],
    [{ host: 'a.test\nbind :99' }, ['spec.host: Invalid value: "a.test\\nbind :99": host must conform to DNS 952']],
    [{ path: 'api' }, ['spec.path: Invalid value: "api": path must begin with /']],
    [{ path: '/a b' }, ['spec.path: Invalid value: "/a b": path cannot contain # or ?, spaces']],
    [{ path: '/a#b' }, ['spec.path: Invalid value: "/a#b": path cannot contain # or ?']],
    [{ path: '/a\n\tserver x' }, ['spec.path: Invalid value: "/a\\n\\tserver x": path cannot contain # or ?']],
    [{ to: { kind: 'Service', name: '' } }, ['spec.to.name: Required value']],
    [{ to: { kind: 'Pod', name: 'web' } }, ['spec.to.kind: Invalid value: "Pod": must reference a Service']],
    [{ to: { name: 'web', weight: 257 } }, ['spec.to.weight: Invalid value: 257: weight must be an integer between 0 and 256']],
    [
      { alternateBackends: ['a', 'b', 'c', 'd'].map((name) => ({ name })) },
      ['spec.alternateBackends: Required value: cannot specify more than 3 alternate backends'],
    ],
    [{ port: { targetPort: 0 } }, ['spec.port.targetPort: Required value']],
    [{ wildcardPolicy: 'All' }, ['spec.wildcardPolicy: Unsupported value: "All": supported values: "None", "Subdomain"']],
    [{ wildcardPolicy: 'Subdomain', host: 'a.test' }, []],
    [{ tls: { termination: 'magic' } }, ['spec.tls.termination: Unsupported value: "magic": supported values: "edge", "pass']],
    [
      { tls: { termination: 'passthrough', insecureEdgeTerminationPolicy: 'Allow' } },
      ['spec.tls.insecureEdgeTerminationPolicy: Invalid value: "Allow": invalid value for InsecureEdgeTerminationPolicy option'],
    ],
    [{ path: '/x', tls: { termination: 'passthrough' } }, ['spec.path: Invalid value: "/x": passthrough termination does not']],
  ];
  for (const [fields, wanted] of table) {
    const found = cases.causes(spec(fields));
    assert.equal(
      found.length >= wanted.length && (wanted.length > 0 || found.length === 0),
      true,
      JSON.stringify([fields, found]),
    );
    for (const [i, text] of wanted.entries()) assert.ok(found[i]!.startsWith(text), `${found[i]} does not begin with ${text}`);
  }
});

test('certificates are read, belong to their key, and hide nothing', async () => {
  const other = await authority.issue({ commonName: 'b', usages: ['server'] });
  const { certPem: certificate, keyPem: key } = pair;
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ type: 'pkcs8', format: 'pem' });
  const sealed = createPrivateKey(key).export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' });
  const table: [object, string | undefined][] = [
    [{ certificate, key, caCertificate: authority.caPem }, undefined],
    [{ certificate: `${certificate}${authority.caPem}`, key }, undefined],
    [{ certificate, key: other.keyPem }, 'spec.tls.key: Invalid value: "redacted key data": the private key does not belong'],
    [
      { certificate: `${certificate}\nbind :99`, key },
      'spec.tls.certificate: Invalid value: "redacted certificate data": there is something',
    ],
    [{ certificate: 'x', key }, 'spec.tls.certificate: Invalid value: "redacted certificate data": there is no PEM block in it'],
    [{ certificate: key, key }, 'spec.tls.certificate: Invalid value: "redacted certificate data": only CERTIFICATE blocks'],
    [{ certificate, key: weak }, 'spec.tls.key: Invalid value: "redacted key data": keys must be RSA of 2048 bits'],
    [{ certificate, key: sealed }, 'spec.tls.key: Invalid value: "redacted key data": it must be one private key'],
    [{ certificate }, 'spec.tls.key: Invalid value: "redacted key data": no key specified'],
    [{ key }, 'spec.tls.certificate: Invalid value: "redacted certificate data": no certificate specified'],
    [{ caCertificate: 'y' }, 'spec.tls.caCertificate: Invalid value: "redacted ca certificate data": there is no PEM'],
    [
      { destinationCACertificate: authority.caPem },
      'spec.tls.destinationCACertificate: Invalid value: "redacted destination ca certificate data": edge termination does not',
    ],
    [{ termination: 'reencrypt', destinationCACertificate: authority.caPem }, undefined],
    [
      { termination: 'passthrough', certificate, key },
      'spec.tls.certificate: Invalid value: "redacted certificate data": passthrough termination does not support certificates',
    ],
  ];
  for (const [fields, wanted] of table) {
    const [first] = cases.causes(tls(fields));
    assert.ok(wanted === undefined ? first === undefined : first?.startsWith(wanted), `${first} is not ${wanted}`);
  }
});

test('columns are those of oc', () => {
  const condition = { type: 'Admitted', status: 'False', reason: 'HostAlreadyClaimed' };
  const two = spec({ host: 'a.test', path: '/x', alternateBackends: [{ name: 'b', weight: 300 }], port: { targetPort: 'http' } });
  assert.deepEqual(cases.row(spec({ host: 'a.test' })), ['x', 'a.test', '', 'web', '<all>', '', 'None']);
  assert.deepEqual(cases.row({ ...two, status: { ingress: [{ host: 'a.test', conditions: [condition] }] } }), [
    'x',
    'HostAlreadyClaimed',
    '/x',
    'web(25%),b(75%)',
    'http',
    '',
    'None',
  ]);
  const redirect = tls({ host: 'a.test', insecureEdgeTerminationPolicy: 'Redirect' });
  assert.equal(cases.row(redirect)[5], 'edge/Redirect');
});

test('hosts and certificates are for those who may choose them', async () => {
  const { local } = platform;
  const ref = { ...ROUTES, namespace: 'shop' };
  const rbac = (resource: string): object & { group: string; version: string; resource: string; namespace: string } => ({
    group: 'rbac.authorization.k8s.io',
    version: 'v1',
    resource,
    namespace: 'shop',
  });
  await local.create(rbac('roles'), {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'routes-only' },
    rules: [{ apiGroups: ['route.openshift.io'], resources: ['routes'], verbs: ['create', 'get', 'update'] }],
  });
  const bind = (name: string, kind: string): Promise<unknown> =>
    local.create(rbac('rolebindings'), {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: kind === 'Role' ? 'routes-only' : 'edit' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name }],
    });
  await bind('visitor', 'Role');
  await bind('owner', 'ClusterRole');
  const [visitor, owner] = ['visitor', 'owner'].map((name) => platform.as({ name, groups: ['system:authenticated'] }));
  const own = routeNamed('web', {
    host: 'shop.example.test',
    tls: { termination: 'edge', certificate: pair.certPem, key: pair.keyPem },
  });
  await assert.rejects(
    visitor!.create(ref, own),
    /spec.host: Forbidden: you do not have permission to set the host field of the route, spec.tls: Forbidden/,
  );
  const made = await visitor!.create(ref, routeNamed('web'));
  assert.equal(made['spec'].host, 'web-shop.apps.localhost');
  const moved = { ...made, spec: { ...made['spec'], host: 'other.example.test' } };
  await assert.rejects(
    visitor!.update({ ...ref, name: 'web' }, moved),
    /spec.host: Invalid value: "other.example.test": field is immutable/,
  );
  const { host: _host, ...rest } = made['spec'];
  assert.equal((await visitor!.update({ ...ref, name: 'web' }, { ...made, spec: rest }))['spec'].host, 'web-shop.apps.localhost');
  const { resourceVersion: _version, ...metadata } = made.metadata;
  assert.equal((await owner!.update({ ...ref, name: 'web' }, { ...moved, metadata }))['spec'].host, 'other.example.test');
  assert.equal((await owner!.create(ref, { ...own, metadata: { name: 'own' } }))['spec'].host, 'shop.example.test');
});
