import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ingress } from '../../../../../lib/platform/api/networking/ingress.ts';
import { ingressClass } from '../../../../../lib/platform/api/networking/ingress-class.ts';
import { networkPolicy } from '../../../../../lib/platform/api/networking/network-policy.ts';
import { kindCases, WEB_SELECTOR } from '../../../../support/kind-cases.ts';

const backend = { service: { name: 'web', port: { number: 80 } } };
const rule = (more: object = {}, host = 'web.example'): object => ({
  host,
  http: { paths: [{ path: '/', pathType: 'Prefix', backend, ...more }] },
});

test('ingresses: each mistake has its cause', () => {
  const cases = kindCases(ingress);
  assert.deepEqual(cases.causes({ spec: { rules: [rule()], tls: [{ hosts: ['*.example.com'], secretName: 's' }] } }), []);
  const table: [object, string[]][] = [
    [{}, ['spec: Invalid value: []string{}: either `defaultBackend` or `rules` must be specified']],
    [
      { rules: [rule({ pathType: undefined })] },
      ['spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified'],
    ],
    [
      { rules: [rule({ path: 'a//b' })] },
      [
        'spec.rules[0].http.paths[0].path: Invalid value: "a//b": must be an absolute path',
        'spec.rules[0].http.paths[0].path: Invalid value: "a//b": must not contain \'//\'',
      ],
    ],
    [
      { rules: [rule({ pathType: 'Regex' })] },
      [
        'spec.rules[0].http.paths[0].pathType: Unsupported value: "Regex": supported values: "Exact", "ImplementationSpecific", "Prefix"',
      ],
    ],
    [{ defaultBackend: {} }, ['spec.defaultBackend: Invalid value: "": resource or service backend is required']],
    [{ defaultBackend: { service: { name: 'web' } } }, ['spec.defaultBackend: Required value: port name or number is required']],
    [{ rules: [rule({}, '10.0.0.1')] }, ['spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address']],
  ];
  for (const [spec, wanted] of table) assert.deepEqual(cases.causes({ spec }), wanted);
  assert.match(
    cases.causes({ spec: { rules: [rule({}, '*')] } })[0]!,
    /host: Invalid value: "\*": a wildcard DNS-1123 subdomain/,
  );
  assert.deepEqual(cases.statusCauses({ loadBalancer: { ingress: [{ ip: 'nowhere' }] } }), [
    'status.loadBalancer.ingress[0].ip: Invalid value: "nowhere": must be a valid IP address',
  ]);
  const rules = ['a', 'b', 'c', 'd'].map((host) => rule({}, host));
  const status = { loadBalancer: { ingress: [{ ip: '192.0.2.2' }, { hostname: 'lb' }] } };
  assert.deepEqual(cases.row({ spec: { rules, ingressClassName: 'nginx', tls: [{}] }, status }), [
    'x',
    'nginx',
    'a,b,c + 1 more...',
    '192.0.2.2,lb',
    '80, 443',
    '60m',
  ]);
});

test('ingress classes: the controller has a domain and stays', () => {
  const cases = kindCases(ingressClass);
  const of = (spec: object): { spec: object } => ({ spec });
  assert.deepEqual(cases.causes(of({ controller: 'example.com/web' })), []);
  assert.deepEqual(cases.causes(of({ controller: 'web' })), [
    'spec.controller: Invalid value: "web": must be a domain-prefixed path (such as "acme.io/foo")',
  ]);
  assert.deepEqual(cases.causes(of({ controller: 'a.b/c', parameters: { kind: 'P', name: 'n', scope: 'Namespace' } })), [
    "spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'",
  ]);
  assert.match(
    cases.updateCauses(of({ controller: 'a.b/d' }), of({ controller: 'a.b/c' }))[0]!,
    /controller: .*field is immutable/,
  );
  assert.deepEqual(cases.row(of({ controller: 'a.b/c', parameters: { apiGroup: 'g', kind: 'P', name: 'n' } })), [
    'x',
    'a.b/c',
    'P.g/n',
    '60m',
  ]);
});

test('network policies: peers, ports, types', () => {
  const cases = kindCases(networkPolicy);
  const ingressRule = (more: object): { spec: object } => ({ spec: { podSelector: {}, ingress: [more] } });
  assert.deepEqual(cases.create({ spec: { podSelector: {}, egress: [{}] } })['spec'].policyTypes, ['Ingress', 'Egress']);
  assert.deepEqual(cases.causes(ingressRule({ from: [{ podSelector: {} }], ports: [{ port: 80, endPort: 90 }] })), []);
  assert.deepEqual(cases.causes(ingressRule({ from: [{}] })), ['spec.ingress[0].from[0]: Required value: must specify a peer']);
  assert.deepEqual(cases.causes(ingressRule({ from: [{ podSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } }] })), [
    'spec.ingress[0].from[0]: Forbidden: may not specify both ipBlock and another peer',
  ]);
  assert.deepEqual(cases.causes(ingressRule({ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['11.0.0.0/16'] } }] })), [
    'spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`',
  ]);
  assert.deepEqual(cases.causes(ingressRule({ ports: [{ port: 90, endPort: 80 }] })), [
    'spec.ingress[0].ports[0].endPort: Invalid value: 90: must be greater than or equal to `port`',
  ]);
  assert.deepEqual(cases.causes({ spec: { podSelector: {}, policyTypes: ['Sideways'] } }), [
    'spec.policyTypes[0]: Unsupported value: "Sideways": supported values: "Ingress", "Egress"',
  ]);
  assert.deepEqual(cases.row({ spec: { podSelector: WEB_SELECTOR } }), ['x', 'app=web', '60m']);
});
