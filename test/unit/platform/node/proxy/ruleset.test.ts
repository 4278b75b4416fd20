import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../../../lib/platform/api/meta.ts';
import { buildRuleset, type Ruleset } from '../../../../../lib/platform/node/proxy/ruleset.ts';
import { changeScript, fullScript } from '../../../../../lib/platform/node/proxy/ruleset-script.ts';
import { type ServicePort, servicePorts } from '../../../../../lib/platform/node/proxy/service-ports.ts';
import { endpoints, service } from './fake-informer.ts';

const SETTINGS = {
  table: 'openshift-t',
  bridge: 't',
  podCIDR: '10.128.0.0/23',
  clusterCIDR: '10.128.0.0/14',
  serviceCIDR: '172.30.0.0/16',
  bridgeNetfilter: true,
  limitConnections: true,
};
const NODE = { podCIDR: '10.128.0.0/23', nodeAddresses: ['192.0.2.2'] };
const WEB = [{ name: 'web', port: 80, target: 8080, nodePort: 30_080 }];

function portsOf(pairs: readonly (readonly [KubeObject, KubeObject | undefined])[]): ServicePort[] {
  return servicePorts(
    pairs.map(([object]) => object),
    (_namespace, name) => pairs.find(([object]) => object.metadata.name === name)?.[1],
    NODE,
  );
}
const build = (...pairs: (readonly [KubeObject, KubeObject | undefined])[]): Ruleset => buildRuleset(portsOf(pairs), SETTINGS);
const elementsOf = (ruleset: Ruleset, set: string): string[] => [...(ruleset.sets.get(set)?.elements?.keys() ?? [])];
const rulesOf = (ruleset: Ruleset, prefix: string): string[] =>
  [...ruleset.chains].filter(([name]) => name.startsWith(prefix)).flatMap(([, chain]) => chain.rules);

test('a service port leads to its endpoints, at its cluster IP and its node port', () => {
  const ruleset = build([service('web', '172.30.0.20', WEB), endpoints('web', ['10.128.0.6', '10.128.0.5'], WEB)]);
  assert.deepEqual(elementsOf(ruleset, 'services-tcp'), ['172.30.0.20 . 80']);
  assert.deepEqual(elementsOf(ruleset, 'node-ports-tcp'), ['30080']);
  assert.deepEqual(elementsOf(ruleset, 'hairpin'), ['10.128.0.5 . 10.128.0.5', '10.128.0.6 . 10.128.0.6']);
  assert.deepEqual(
    rulesOf(ruleset, 'ep-').map((rule) => rule.split(' comment')[0]),
    ['meta l4proto tcp dnat to 10.128.0.5:8080', 'meta l4proto tcp dnat to 10.128.0.6:8080'],
  );
  assert.match(
    rulesOf(ruleset, 'svc-')[0]!,
    /^numgen random mod 2 vmap \{ 0 : goto ep-\w+, 1 : goto ep-\w+ \} comment "default\/web:web\/tcp"$/,
  );
});

test('every chain that is jumped to exists', () => {
  const ruleset = build(
    [service('a', '172.30.0.20', WEB, { sessionAffinity: 'ClientIP' }), endpoints('a', ['10.128.0.5'], WEB)],
    [
      service('b', '172.30.0.21', [{ port: 1, target: 2, nodePort: 30_001 }], {
        externalTrafficPolicy: 'Local',
        externalIPs: ['203.0.113.1'],
      }),
      endpoints('b', ['10.130.0.5'], [{ port: 1, target: 2 }]),
    ],
    [service('c', '172.30.0.22', WEB), undefined],
  );
  const texts = [
    ...[...ruleset.chains.values()].flatMap(({ rules }) => rules),
    ...[...ruleset.sets.values()].flatMap(({ elements }) => [...(elements?.values() ?? [])]),
  ];
  for (const text of texts) {
    for (const [, chain] of text.matchAll(/(?:goto|jump) ([\w-]+)/g))
      assert.ok(ruleset.chains.has(chain!), `${chain} in ${text}`);
    for (const [, set] of text.matchAll(/@([\w-]+)/g)) assert.ok(ruleset.sets.has(set!), `${set} in ${text}`);
  }
});

test('without endpoints: no way to anywhere, and node port and external address refuse', () => {
  const ruleset = build([service('web', '172.30.0.20', WEB, { externalIPs: ['203.0.113.1'] }), endpoints('web', [], WEB)]);
  assert.deepEqual(elementsOf(ruleset, 'services-tcp'), []);
  assert.deepEqual(elementsOf(ruleset, 'unserved-tcp'), ['203.0.113.1 . 80']);
  assert.deepEqual(elementsOf(ruleset, 'unserved-node-ports-tcp'), ['30080']);
});

test('externalTrafficPolicy Local: only endpoints of this node, no rewriting, else dropped', () => {
  const far = build([
    service('web', '172.30.0.20', WEB, { externalTrafficPolicy: 'Local' }),
    endpoints('web', ['10.130.0.5'], WEB),
  ]);
  assert.match(rulesOf(far, 'svcl-')[0]!, /^drop/);
  const near = build([
    service('web', '172.30.0.20', WEB, { externalTrafficPolicy: 'Local' }),
    endpoints('web', ['10.130.0.5', '192.0.2.2'], WEB),
  ]);
  assert.match(rulesOf(near, 'svcl-')[0]!, /^numgen random mod 1/);
  assert.match(rulesOf(near, 'ext-').at(-1)!, /^goto svcl-/);
});

test('headless and external services, and endpoints of another port name, have no rules', () => {
  const other = [{ name: 'admin', port: 81, target: 8081 }];
  const ruleset = build(
    [service('headless', 'None', WEB), endpoints('headless', ['10.128.0.5'], WEB)],
    [service('outside', '172.30.0.30', WEB, { type: 'ExternalName' }), undefined],
    [service('web', '172.30.0.20', WEB), endpoints('web', ['10.128.0.5'], other)],
  );
  assert.deepEqual(rulesOf(ruleset, 'svc-'), []);
  assert.deepEqual(elementsOf(ruleset, 'services-tcp'), []);
});

test('what is no address, port or protocol never reaches a rule', () => {
  const hostile = 'x"; } table ip evil { chain c {} } #';
  const ruleset = build(
    [
      service(hostile, '172.30.0.20', [{ ...WEB[0]!, name: hostile }], {
        externalIPs: [hostile, '::1', '127.0.0.1', '224.0.0.1'],
      }),
      endpoints(hostile, [hostile, '10.128.0.5', '127.0.0.1', '10.128.0.999'], [{ ...WEB[0]!, name: hostile }]),
    ],
    [
      service('p', '172.30.0.21', [
        { port: 99_999, target: 1 },
        { port: 1, target: 2, protocol: 'ICMP' },
      ]),
      undefined,
    ],
    [service('q', hostile, WEB), undefined],
  );
  const script = fullScript(undefined, ruleset);
  assert.ok(!script.includes('evil {'), script);
  assert.deepEqual(elementsOf(ruleset, 'services-tcp'), ['172.30.0.20 . 80']);
  assert.equal(rulesOf(ruleset, 'ep-').length, 1);
  for (const line of script.split('\n')) assert.ok(line.split('"').length % 2 === 1, line);
});

test('two services that claim one address and port: the first keeps it', () => {
  const ruleset = build(
    [service('a', '172.30.0.20', WEB), endpoints('a', ['10.128.0.5'], WEB)],
    [service('b', '172.30.0.20', WEB), endpoints('b', ['10.128.0.6'], WEB)],
  );
  assert.equal(elementsOf(ruleset, 'services-tcp').length, 1);
  assert.equal(elementsOf(ruleset, 'node-ports-tcp').length, 1);
});

test('a change touches only what differs', () => {
  const web = service('web', '172.30.0.20', WEB);
  const other = [
    service('other', '172.30.0.21', [{ port: 80, target: 8080 }]),
    endpoints('other', ['10.128.0.9'], [{ port: 80, target: 8080 }]),
  ] as const;
  const before = build(other, [web, endpoints('web', ['10.128.0.5'], WEB)]);
  assert.equal(changeScript(before, build(other, [web, endpoints('web', ['10.128.0.5'], WEB)])), '');
  const script = changeScript(before, build(other, [web, endpoints('web', ['10.128.0.5', '10.128.0.6'], WEB)]));
  assert.ok(!script.includes('10.128.0.9') && !script.includes('172.30.0'), script);
  assert.match(script, /^add chain .* ep-\w+\nflush chain .* svc-\w+\nadd rule .*/);
  assert.match(script, /add element ip openshift-t hairpin \{ 10\.128\.0\.6 \. 10\.128\.0\.6 \}/);
});

test('what goes is taken out of the maps before its chains are deleted', () => {
  const before = build([service('web', '172.30.0.20', WEB), endpoints('web', ['10.128.0.5'], WEB)]);
  const lines = changeScript(before, build()).trim().split('\n');
  const lastElement = lines.findLastIndex((line) => line.startsWith('delete element'));
  const firstChain = lines.findIndex((line) => line.startsWith('delete chain'));
  assert.ok(lastElement >= 0 && firstChain > lastElement, lines.join('\n'));
});

test('writing everything again keeps the memory of session affinity', () => {
  const ruleset = build([
    service('web', '172.30.0.20', WEB, {
      sessionAffinity: 'ClientIP',
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } },
    }),
    endpoints('web', ['10.128.0.5'], WEB),
  ]);
  const affinity = [...ruleset.sets.keys()].find((name) => name.startsWith('aff-'))!;
  assert.equal(ruleset.sets.get(affinity)!.declaration, 'type ipv4_addr; flags dynamic,timeout; timeout 60s');
  const existing = {
    chains: ['svc-gone', ...ruleset.chains.keys()],
    sets: [
      { kind: 'set' as const, name: affinity },
      { kind: 'set' as const, name: 'aff-gone' },
    ],
  };
  const script = fullScript(existing, ruleset);
  assert.ok(!script.includes(`flush set ip openshift-t ${affinity}`) && !script.includes('delete table'));
  assert.match(script, /delete chain ip openshift-t svc-gone/);
  assert.match(script, /delete set ip openshift-t aff-gone/);
});

test('without br_netfilter, connections between two pods by a service are rewritten', () => {
  const rules = (bridgeNetfilter: boolean): string =>
    buildRuleset([], { ...SETTINGS, bridgeNetfilter })
      .chains.get('nat-postrouting')!
      .rules.join('\n');
  assert.ok(!rules(true).includes('ct status dnat'));
  assert.ok(rules(false).includes('ct status dnat ip saddr 10.128.0.0/23 ip daddr 10.128.0.0/23 masquerade'));
});

test("a client's connections are limited where the service says so and the kernel can count; nonsense is no limit", () => {
  const limited = (most: string): [KubeObject, KubeObject] => [
    service('web', '172.30.0.20', WEB, {}, { 'openshift.io/connections-per-client': most }),
    endpoints('web', ['10.128.0.5'], WEB),
  ];
  const ruleset = build(limited('64'));
  const { hook, rules } = ruleset.chains.get('connection-limits')!;
  assert.match(hook!, /prerouting/);
  const clients = /@(\S+)/.exec(rules[1]!)![1]!;
  const limit = `add @${clients} { ip saddr ct count over 64 } reject with tcp reset`;
  assert.deepEqual(rules, [
    'ct state != new accept',
    `ip daddr 172.30.0.20 tcp dport 80 ${limit}`,
    `ip daddr 10.128.0.5 tcp dport 8080 ${limit}`,
    `fib daddr type local tcp dport 30080 ${limit}`,
  ]);
  assert.equal(ruleset.sets.get(clients)?.elements, undefined, 'the kernel counts, and goes on counting');
  for (const most of ['0', '-1', '65536', '1e3', '64 } accept', '']) {
    assert.equal(build(limited(most)).chains.has('connection-limits'), false, most);
  }
  const ports = portsOf([limited('64')]);
  assert.equal(buildRuleset(ports, { ...SETTINGS, limitConnections: false }).chains.has('connection-limits'), false);
});
