import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../../../lib/platform/api/meta.ts';
import { policyRuleset, type PolicySources } from '../../../../../lib/platform/node/network-policy/policy-ruleset.ts';

const pod = (namespace: string, ip: string, fields: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace, name: ip, labels: { app: namespace } },
  spec: { containers: [{ name: 'c', ports: [{ name: 'web', containerPort: 80 }] }] },
  status: { phase: 'Running', podIP: ip },
  ...fields,
});
const policy = (spec: object): KubeObject => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { namespace: 'a', name: 'p' },
  spec,
});
const [A, B, PLATFORM] = ['10.128.0.2', '10.128.0.3', '10.128.0.4'] as const;

function build(sources: Partial<PolicySources>): Record<string, string[]> {
  const { chains, sets } = policyRuleset({
    pods: [pod('a', A), pod('b', B), pod('default', PLATFORM)],
    namespaces: [],
    policies: [],
    isolateProjects: false,
    podCIDR: '10.128.0.0/23',
    clusterCIDR: '10.128.0.0/14',
    ...sources,
  });
  // Sets in the place of their names.
  const text = (rule: string): string =>
    rule.replaceAll(/@((?:peers|ports)-\w+)/g, (_all, name: string) => `{${[...sets.get(name)!.elements!.keys()].join()}}`);
  const verdicts = (direction: string): [string, string[]][] =>
    [...sets.get(`policy-${direction}`)!.elements!].map(([ip, verdict]) => [
      `${direction} ${ip}`,
      chains.get(verdict.replace('jump ', ''))!.rules.map(text),
    ]);
  return Object.fromEntries([...verdicts('ingress'), ...verdicts('egress')]);
}
const rulesFor = (ingress: object[], more: Partial<PolicySources> = {}): string[] | undefined =>
  build({ policies: [policy({ podSelector: {}, ingress })], ...more })[`ingress ${A}`];

test('without a policy and without the switch nothing is in the way; with the switch projects are kept apart', () => {
  assert.deepEqual(build({}), {});
  const own = (ip: string): string[] => [
    `ip saddr {${ip}} return`,
    `ip saddr {${PLATFORM}} return`,
    'ip saddr != 10.128.0.0/14 return',
    'drop',
  ];
  assert.deepEqual(build({ isolateProjects: true }), { [`ingress ${A}`]: own(A), [`ingress ${B}`]: own(B) });
});

test('what a policy allows is peers by ports; what it does not know how to mean allows nothing', () => {
  const everything = { namespaceSelector: {} };
  assert.deepEqual(rulesFor([]), ['drop']);
  assert.deepEqual(rulesFor([{}]), ['return', 'drop']);
  assert.deepEqual(rulesFor([{ from: [{ podSelector: {} }, everything] }]), [
    `ip saddr {${A}} return`,
    `ip saddr {${A},${B},${PLATFORM}} return`,
    'drop',
  ]);
  const ports = [{ port: 53, protocol: 'UDP' }, { port: 1, endPort: 9 }, { protocol: 'SCTP' }, { port: 'web' }, { port: 'none' }];
  assert.deepEqual(rulesFor([{ ports }]), [
    'udp dport 53 return',
    'tcp dport 1-9 return',
    'meta l4proto sctp return',
    `ip daddr . tcp dport {${A} . 80} return`,
    'ip daddr . tcp dport {} return',
    'drop',
  ]);
  assert.deepEqual(rulesFor([{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16', '10.2.0.0/16'] } }] }]), [
    'ip saddr 10.0.0.0/8 ip saddr != 10.1.0.0/16 ip saddr != 10.2.0.0/16 return',
    'drop',
  ]);
  for (const cidr of ['::/0', '0.0.0.0/0; flush ruleset', '1.2.3.4', '1.2.3.4/33'])
    assert.deepEqual(rulesFor([{ from: [{ ipBlock: { cidr } }] }]), ['drop'], cidr);
  assert.deepEqual(rulesFor([{ ports: [{ port: 1.5 }, { protocol: 'accept', port: 1 }] }]), ['drop']);
});

test('a policy limits what goes out only when it says so', () => {
  const egress = [{ to: [{ podSelector: {} }] }];
  const [both, out, named] = [{ egress }, { egress, policyTypes: ['Egress'] }, { policyTypes: ['Ingress'], egress }].map((spec) =>
    Object.keys(build({ policies: [policy({ podSelector: {}, ...spec })] })),
  );
  assert.deepEqual(both, [`ingress ${A}`, `egress ${A}`]);
  assert.deepEqual(out, [`egress ${A}`]);
  assert.deepEqual(named, [`ingress ${A}`]);
});

test("an address is the younger pod's; those of the host, of finished pods and of elsewhere are nobody's", () => {
  const metadata = (namespace: string, creationTimestamp: string) => ({ metadata: { namespace, name: 'x', creationTimestamp } });
  const old = pod('a', A, metadata('a', '2020-01-01T00:00:00Z'));
  const young = pod('b', A, metadata('b', '2020-01-01T00:00:01Z'));
  for (const pods of [
    [old, young],
    [young, old],
  ])
    assert.equal(rulesFor([{ from: [{ podSelector: {} }] }], { pods }), undefined);
  const others = [
    pod('a', A, { status: { phase: 'Succeeded', podIP: A } }),
    pod('a', '192.0.2.1'),
    pod('a', A, { spec: { hostNetwork: true } }),
    pod('a', '10.128.0.9; drop'),
  ];
  assert.deepEqual(build({ pods: others, isolateProjects: true }), {});
});

test('namespaces share a network when an administrator says so', () => {
  const namespace = (name: string, annotations: object): KubeObject =>
    ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, annotations } }) as KubeObject;
  const reached = (annotations: object): string | undefined => {
    const rules = build({ isolateProjects: true, namespaces: [namespace('b', annotations)] });
    return rules[`ingress ${A}`]?.slice(0, 2).join();
  };
  assert.equal(reached({}), `ip saddr {${A}} return,ip saddr {${PLATFORM}} return`);
  assert.equal(reached({ 'network.openshift.io/join': 'a' }), `ip saddr {${A},${B}} return,ip saddr {${PLATFORM}} return`);
  for (const annotations of [{ 'network.openshift.io/global': 'true' }, { 'network.openshift.io/join': 'default' }])
    assert.equal(reached(annotations), `ip saddr {${A}} return,ip saddr {${B},${PLATFORM}} return`);
});
