import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../support/eventually.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl, namespace } = await useNamespace('limits');

test('a quota that kubectl creates lets in as much as it has room for, and says what is used', async () => {
  await kubectl(['create', 'quota', 'all', '--hard=configmaps=2,secrets=1']);
  await eventually(async () =>
    assert.match(await kubectl.text('describe', 'quota', 'all'), /configmaps +1 +2/, 'the root certificate is one of them'),
  );
  await kubectl(['create', 'configmap', 'one']);
  assert.match(
    await kubectl.failure(['create', 'configmap', 'two']),
    /configmaps "two" is forbidden: exceeded quota: all, requested: configmaps=1, used: configmaps=2, limited: configmaps=2/,
  );
  await kubectl(['delete', 'configmap', 'one']);
  await kubectl(['create', 'configmap', 'two']);
});

test('a namespace that is labelled refuses pods beyond its level, in Kubernetes’ words', async () => {
  await kubectl([
    'label',
    'namespace',
    namespace,
    'pod-security.kubernetes.io/enforce=baseline',
    'pod-security.kubernetes.io/warn=restricted',
  ]);
  await eventually(() => kubectl.text('get', 'serviceaccount', 'default'));
  const run = (name: string, ...more: string[]) =>
    kubectl(['run', name, '--image=i', '--dry-run=server', ...more], { anyCode: true });
  const refused = await run('bad', '--privileged');
  assert.match(
    refused.stderr,
    /pods "bad" is forbidden: violates PodSecurity "baseline:latest": privileged \(container "bad" must not set securityContext\.privileged=true\)/,
  );
  const warned = await run('plain');
  assert.equal(warned.code, 0, warned.stderr);
  assert.match(warned.stderr, /Warning: would violate PodSecurity "restricted:latest": allowPrivilegeEscalation != false/);
});
