import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import type { Route } from '../../../../lib/platform/api/route/route-types.ts';
import { type Authority, ensureAuthority, type KeyPair } from '../../../../lib/platform/pki/authority.ts';
import { judgeClaims } from '../../../../lib/platform/router/claims.ts';
import { type Rendered, render, slicesByService, unfitness } from '../../../../lib/platform/router/render.ts';
import { withVerdict } from '../../../../lib/platform/router/route-status.ts';

const OWN = 'haproxy.router.openshift.io/';
let folder: string;
let authority: Authority;
let pair: KeyPair;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'router-test-'));
  authority = await ensureAuthority(folder);
  pair = await authority.issue({ commonName: 'a.test', dnsNames: ['a.test'], usages: ['server'] });
});
after(() => rm(folder, { recursive: true }));

let made = 0;
function route(
  name: string,
  spec: Partial<Route['spec']>,
  more: { namespace?: string; annotations?: Record<string, string> } = {},
): Route {
  const { namespace = 'shop', annotations = {} } = more;
  const creationTimestamp = new Date(Date.UTC(2026, 0, 1) + made++ * 1000).toISOString();
  return {
    apiVersion: 'route.openshift.io/v1',
    kind: 'Route',
    metadata: { name, namespace, uid: `uid-${name}`, creationTimestamp, annotations },
    spec: { to: { kind: 'Service', name: 'web', weight: 100 }, wildcardPolicy: 'None', ...spec },
  };
}

const slice = (service: string, addresses: string[], ready = true): KubeObject => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: `${service}-x`, namespace: 'shop', labels: { 'kubernetes.io/service-name': service } },
  addressType: 'IPv4',
  endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready } })),
  ports: [
    { name: 'http', port: 8080, protocol: 'TCP' },
    { name: 'admin', port: 9000, protocol: 'TCP' },
  ],
});

const rendered = (routes: Route[], slices: KubeObject[] = []): Rendered =>
  render(routes, slicesByService(slices), { httpPort: 80, httpsPort: 443, serving: pair, caPem: authority.caPem });
const section = (text: string, name: string): string =>
  text.split('\n\n').find((part) => part.startsWith(`backend ${name}`)) ?? '';
const weights = (text: string): number[] => [...text.matchAll(/ weight (\d+)/g)].map(([, weight]) => Number(weight));

test('the oldest route has the host, in its project the oldest has the path, and the next one follows', () => {
  const first = route('first', { host: 'a.test' });
  const api = route('api', { host: 'a.test', path: '/api' });
  const twin = route('twin', { host: 'a.test', path: '/api/' });
  const thief = route('thief', { host: 'a.test', path: '/other' }, { namespace: 'elsewhere' });
  const all = [thief, twin, api, first];
  const { admitted, refused } = judgeClaims(all, () => undefined);
  assert.deepEqual(
    admitted.map(({ metadata }) => metadata.name),
    ['first', 'api'],
  );
  assert.deepEqual(Object.fromEntries(refused), {
    'shop/twin': { reason: 'HostAlreadyClaimed', message: 'route api already exposes a.test/api/ and is older' },
    'elsewhere/thief': {
      reason: 'HostAlreadyClaimed',
      message: 'a route in another namespace holds a.test and is older than thief',
    },
  });
  const later = judgeClaims([thief], () => undefined);
  assert.deepEqual(later.admitted, [thief]);
  // What is not served at all keeps nothing from others.
  assert.deepEqual(
    judgeClaims([first, thief], (each) => (each === first ? { reason: 'RouteNotAdmitted', message: 'x' } : undefined)).admitted,
    [thief],
  );
});

test('of two that were made within one second, the one that is served keeps the host', () => {
  const [a, b] = [route('a', { host: 'a.test' }), route('b', { host: 'a.test' }, { namespace: 'elsewhere' })];
  b.metadata.creationTimestamp = a.metadata.creationTimestamp!;
  for (const [served, other] of [
    [a, b],
    [b, a],
  ] as const) {
    served.status = { ingress: [...withVerdict(served, undefined, 'T')] };
    other.status = { ingress: [] };
    assert.deepEqual(judgeClaims([a, b], () => undefined).admitted, [served]);
  }
});

test('a verdict is written once, and nobody else is written over', () => {
  const claimed = route('x', { host: 'a.test' });
  const refusal = { reason: 'HostAlreadyClaimed', message: 'm' } as const;
  const foreign = { host: 'a.test', routerName: 'other' };
  claimed.status = { ingress: [foreign] };
  const ingress = withVerdict(claimed, refusal, 'T1');
  assert.deepEqual(ingress, [
    foreign,
    {
      host: 'a.test',
      routerName: 'router',
      wildcardPolicy: 'None',
      conditions: [{ type: 'Admitted', status: 'False', reason: 'HostAlreadyClaimed', message: 'm', lastTransitionTime: 'T1' }],
    },
  ]);
  claimed.status = { ingress: [...ingress] };
  assert.equal(withVerdict(claimed, refusal, 'T2'), claimed.status.ingress);
  const [, admitted] = withVerdict(claimed, undefined, 'T2');
  assert.deepEqual(admitted!.conditions, [{ type: 'Admitted', status: 'True', lastTransitionTime: 'T2' }]);
});

test('weights are of services, however many pods they have', () => {
  const shared = route('x', {
    host: 'a.test',
    to: { kind: 'Service', name: 'web', weight: 90 },
    alternateBackends: [{ kind: 'Service', name: 'next', weight: 10 }],
  });
  const { config } = rendered([shared], [slice('web', ['10.0.0.1', '10.0.0.2', '10.0.0.3']), slice('next', ['10.0.0.9'])]);
  const part = section(config, 'be_http:shop:x');
  assert.deepEqual(weights(part), [256, 256, 256, 85]);
  assert.match(part, /balance roundrobin/);
  shared.spec.to.weight = 0;
  assert.deepEqual(
    weights(section(rendered([shared], [slice('web', ['10.0.0.1']), slice('next', ['10.0.0.9'])]).config, 'be_http:shop:x')),
    [0, 256],
  );
});

test('servers are pods that are ready, at the port that the route names, and never the router itself', () => {
  const named = route('x', { host: 'a.test', port: { targetPort: 'admin' } });
  const slices = [slice('web', ['10.0.0.1', '127.0.0.1', '169.254.169.254']), slice('web', ['10.0.0.2'], false)];
  const servers = (of: Route): string[] =>
    [...rendered([of], slices).config.matchAll(/^ {2}server (pod\S+) /gm)].map(([, name]) => name!);
  assert.deepEqual(servers(named), ['pod:web:10.0.0.1:9000']);
  assert.deepEqual(servers(route('y', { host: 'a.test', port: { targetPort: 8080 } })), ['pod:web:10.0.0.1:8080']);
  assert.deepEqual(servers(route('z', { host: 'a.test', port: { targetPort: 'none' } })), []);
});

test('annotations are followed, or the route is refused', () => {
  const [balance, timeout] = [`${OWN}balance`, `${OWN}timeout`];
  const good = route(
    'x',
    { host: 'a.test' },
    { annotations: { [balance]: 'source', [timeout]: '90s', [`${OWN}disable_cookies`]: 'true' } },
  );
  assert.equal(unfitness(good), undefined);
  const part = section(rendered([good], [slice('web', ['10.0.0.1'])]).config, 'be_http:shop:x');
  assert.match(part, / {2}balance source\n {2}timeout server 90s\n/);
  assert.doesNotMatch(part, /cookie/);
  const bad: [string, string][] = [
    [balance, 'source\n  http-request deny'],
    [timeout, '5s\n  server evil 192.0.2.1:80'],
    [timeout, '-1s'],
    [`${OWN}ip_whitelist`, '10.0.0.0/8 }\n'],
    [`${OWN}hsts_header`, "max-age=1' \n use_backend x"],
    [`${OWN}set-forwarded-headers`, 'always'],
    ['router.openshift.io/cookie_name', 'a b'],
  ];
  for (const [name, value] of bad) {
    const refusal = unfitness(route('x', { host: 'a.test' }, { annotations: { [name]: value } }));
    assert.equal(refusal?.reason, 'ExtendedValidationFailed', name);
  }
  assert.deepEqual(unfitness(route('x', { host: 'a.test', wildcardPolicy: 'Subdomain' })), {
    reason: 'RouteNotAdmitted',
    message: 'wildcard routes are not allowed',
  });
});

test('nothing that a user writes adds a line, a word or a file, even past the validation of routes', () => {
  const evil = [
    '\n  bind :99',
    '\r',
    ' x',
    '\t',
    '#',
    "'",
    '"',
    '\\',
    '%[env(HOME)]',
    '$HOME',
    '${HOME}',
    '\0',
    '\u2028',
    '/../..',
    'é',
    '{',
    ';',
  ];
  const places: ((text: string) => Route)[] = [
    (text) => route('x', { host: `a${text}.test` }),
    (text) => route('x', { host: 'a.test', path: `/a${text}` }),
    (text) => route(`x${text}`, { host: 'a.test' }),
    (text) => route('x', { host: 'a.test' }, { namespace: `n${text}` }),
    (text) =>
      route('x', {
        host: 'a.test',
        tls: { termination: 'edge', certificate: `${pair.certPem}${text}`, key: `${pair.keyPem}${text}` },
      }),
    (text) =>
      route('x', { host: 'a.test', tls: { termination: 'reencrypt', destinationCACertificate: `${authority.caPem}${text}` } }),
    (text) => route('x', { host: 'a.test', tls: { termination: text as never } }),
    ...['balance', 'timeout', 'timeout-tunnel', 'ip_allowlist', 'hsts_header', 'set-forwarded-headers', 'disable_cookies'].map(
      (name) => (text: string) => route('x', { host: 'a.test' }, { annotations: { [`${OWN}${name}`]: text } }),
    ),
    (text) => route('x', { host: 'a.test' }, { annotations: { 'router.openshift.io/cookie_name': `c${text}` } }),
  ];
  const plain = rendered([route('x', { host: 'a.test' })]).config.split('\n').length;
  let accepted = 0;
  for (const place of places)
    for (const text of evil) {
      const hostile = place(text);
      if (unfitness(hostile) !== undefined) continue;
      accepted++;
      let result: Rendered;
      try {
        result = rendered([hostile]);
      } catch {
        // An unknown termination has no section.
        continue;
      }
      const { config, files } = result;
      assert.ok(config.split('\n').length <= plain + 2, JSON.stringify(text));
      assert.doesNotMatch(config, /:99|env\(HOME|\$|\\|\0|é|;[^\w]/);
      for (const [name, content] of files.texts)
        if (name.endsWith('.map')) for (const line of content.split('\n')) assert.match(line, /^(\S+ \S+)?$/);
    }
  assert.ok(accepted > 0, 'nothing got as far as the configuration');
});

test('certificates are written anew, one for each host', () => {
  const tls = { termination: 'edge', certificate: pair.certPem, key: pair.keyPem } as const;
  const { files } = rendered([route('x', { host: 'a.test', tls }), route('y', { host: 'a.test', path: '/y', tls })]);
  const list = [...files.texts].find(([name]) => name.endsWith('.list'))![1];
  assert.match(list, /^\/router\/files\/[0-9a-f]{40}\.pem \[alpn h2,http\/1\.1\] a\.test\n$/);
});
