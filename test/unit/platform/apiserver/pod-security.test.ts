import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { securityViolation } from '../../../../lib/platform/api/core/pod/security/pod-security.ts';
import type { SecuredSpec } from '../../../../lib/platform/api/core/pod/security/pod-spec-view.ts';
import { type ApiUnderTest, pod, startApi } from './api-under-test.ts';

const good = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
  capabilities: { drop: ['ALL'] },
};
const container = (securityContext: object = good, more: object = {}) => ({ name: 'c', image: 'i', securityContext, ...more });
const spec = (more: object): SecuredSpec => ({ containers: [container()], ...more });
const found = (level: 'baseline' | 'restricted', of: SecuredSpec, annotations = {}): string =>
  securityViolation({ metadata: { annotations }, spec: of }, { level, version: 'latest' }) ?? '';

const baseline: readonly [string, SecuredSpec, string][] = [
  ['host namespaces', spec({ hostNetwork: true, hostIPC: true }), 'host namespaces (hostNetwork=true, hostIPC=true)'],
  [
    'a privileged container',
    spec({ containers: [container({ ...good, privileged: true })] }),
    'privileged (container "c" must not set securityContext.privileged=true)',
  ],
  [
    'capabilities that are not default ones',
    spec({ initContainers: [{ ...container({ capabilities: { add: ['NET_ADMIN', 'CHOWN'] } }), name: 'i' }] }),
    'non-default capabilities (container "i" must not include "NET_ADMIN" in securityContext.capabilities.add)',
  ],
  ['host paths', spec({ volumes: [{ name: 'v', hostPath: { path: '/' } }] }), 'hostPath volumes (volume "v")'],
  [
    'host ports',
    spec({ containers: [container(good, { ports: [{ hostPort: 81 }, { hostPort: 80 }] })] }),
    'hostPort (container "c" uses hostPorts 80, 81)',
  ],
  [
    'probes and hooks of other hosts',
    spec({
      containers: [
        container(good, {
          livenessProbe: { httpGet: { host: '127.0.0.1', port: 10250 } },
          readinessProbe: { tcpSocket: { host: '', port: 80 } },
          lifecycle: { preStop: { httpGet: { host: '::1' } } },
        }),
      ],
    }),
    'probe or lifecycle host (container "c" uses probe or lifecycle hosts "127.0.0.1", "::1")',
  ],
  [
    'an unconfined pod and container',
    spec({
      securityContext: { seccompProfile: { type: 'Unconfined' } },
      containers: [container({ seccompProfile: { type: 'Unconfined' } })],
    }),
    'seccompProfile (pod and container "c" must not set securityContext.seccompProfile.type to "Unconfined")',
  ],
  ['sysctls', spec({ securityContext: { sysctls: [{ name: 'kernel.msgmax' }] } }), 'forbidden sysctls (kernel.msgmax)'],
  [
    'SELinux options',
    spec({ securityContext: { seLinuxOptions: { type: 'spc_t', user: 'u' } } }),
    'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "spc_t"; user may not be set)',
  ],
  [
    'an unmasked /proc',
    spec({ containers: [container({ ...good, procMount: 'Unmasked' })] }),
    'procMount (container "c" must not set securityContext.procMount to "Unmasked")',
  ],
];
for (const [name, of, text] of baseline)
  test(`baseline has no ${name}`, () => assert.equal(found('baseline', of), `PodSecurity "baseline:latest": ${text}`));

test('a pod that asks for nothing is within baseline, and far from restricted', () => {
  const plain = { containers: [{ name: 'c' }] };
  assert.equal(found('baseline', plain), '');
  assert.equal(
    found('restricted', plain),
    'PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), ' +
      'unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), ' +
      'runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), ' +
      'seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
  );
  assert.equal(found('restricted', spec({})), '');
});

test('restricted has its own word on volumes and root', () => {
  assert.equal(
    found('restricted', spec({ volumes: [{ name: 'v', hostPath: {} }] })),
    'PodSecurity "restricted:latest": restricted volume types (volume "v" uses restricted volume type "hostPath")',
  );
  assert.match(found('restricted', spec({ securityContext: { runAsUser: 0 } })), /runAsUser=0 \(pod must not set runAsUser=0\)/);
});

test('a forbidden AppArmor profile, as an annotation too', () => {
  const key = 'container.apparmor.security.beta.kubernetes.io/c';
  assert.match(
    found('baseline', spec({}), { [key]: 'unconfined' }),
    new RegExp(`forbidden AppArmor profile \\(${key}="unconfined"\\)`),
  );
  assert.equal(found('baseline', spec({}), { [key]: 'runtime/default' }), '');
});

let t: ApiUnderTest;
before(async () => {
  t = await startApi();
});
after(() => t[Symbol.asyncDispose]());

test('a namespace holds its pods to its level, and tells controllers of theirs', async () => {
  const labels = { 'pod-security.kubernetes.io/enforce': 'baseline', 'pod-security.kubernetes.io/warn': 'restricted' };
  assert.equal((await t.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'held', labels } } })).code, 201);
  await t.call('POST', '/api/v1/namespaces/held/serviceaccounts', { body: { metadata: { name: 'default' } } });
  const PODS = '/api/v1/namespaces/held/pods';
  const bad = { containers: [container({ privileged: true })] };
  const refused = await t.call('POST', PODS, { body: pod('p', bad) });
  assert.equal(refused.code, 403);
  assert.equal(
    refused.body.message,
    'pods "p" is forbidden: violates PodSecurity "baseline:latest": privileged (container "c" must not set securityContext.privileged=true)',
  );
  const warned = await t.call('POST', PODS, { body: pod('p') });
  assert.equal(warned.code, 201);
  assert.match(
    String(warned.headers.warning),
    /would violate PodSecurity .*restricted:latest.*allowPrivilegeEscalation != false/,
  );
  const rc = {
    metadata: { name: 'rc' },
    spec: { replicas: 0, selector: { a: 'b' }, template: { metadata: { labels: { a: 'b' } }, spec: bad } },
  };
  const controller = await t.call('POST', '/api/v1/namespaces/held/replicationcontrollers', { body: rc });
  assert.equal(controller.code, 201, controller.text);
  assert.match(String(controller.headers.warning), /would violate PodSecurity/);
  // The same pod where nothing is asked of pods.
  await t.call('POST', '/api/v1/namespaces/default/serviceaccounts', { body: { metadata: { name: 'default' } } });
  assert.equal((await t.call('POST', '/api/v1/namespaces/default/pods', { body: pod('p', bad) })).code, 201);
});

test('a level that is none is refused', async () => {
  const labels = { 'pod-security.kubernetes.io/enforce': 'strict' };
  const { code, body } = await t.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'odd', labels } } });
  assert.equal(code, 422);
  assert.match(
    body.message,
    /pod-security\.kubernetes\.io\/enforce\]: Invalid value: "strict": must be one of privileged, baseline, restricted/,
  );
});
