import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PolicyRule } from '../../../../../lib/platform/api/access-policy.ts';
import type { KubeObject } from '../../../../../lib/platform/api/meta.ts';
import { clusterRole } from '../../../../../lib/platform/api/rbac/cluster-role.ts';
import { clusterRoleBinding } from '../../../../../lib/platform/api/rbac/cluster-role-binding.ts';
import { reconcileBinding, reconcileRole } from '../../../../../lib/platform/api/rbac/bootstrap/reconcile.ts';
import { role } from '../../../../../lib/platform/api/rbac/role.ts';
import { roleBinding } from '../../../../../lib/platform/api/rbac/role-binding.ts';
import { resources } from '../../../../../lib/platform/api/registry.ts';

const kinds = [role, clusterRole, roleBinding, clusterRoleBinding];
const named = (of: typeof role, name: string): KubeObject =>
  structuredClone(of.bootstrap!.objects.find(({ metadata }) => metadata.name === name)!);

test('every object that is always there is valid, and none is there twice', () => {
  for (const definition of resources) {
    const objects = definition.bootstrap?.objects ?? [];
    const names = objects.map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`);
    assert.equal(new Set(names).size, names.length, definition.kind);
    for (const object of objects) {
      assert.equal(object.kind, definition.kind);
      assert.deepEqual(definition.strategy?.validate?.(structuredClone(object)) ?? [], [], object.metadata.name!);
    }
  }
});

test('every binding that is always there grants a role that is', () => {
  for (const definition of [roleBinding, clusterRoleBinding])
    for (const binding of definition.bootstrap!.objects) {
      const of = binding.roleRef.kind === 'Role' ? role : clusterRole;
      assert.ok(
        of.bootstrap!.objects.some(({ metadata }) => metadata.name === binding.roleRef.name),
        binding.metadata.name!,
      );
    }
});

test('bringing up to date what is up to date changes nothing', () => {
  for (const definition of kinds)
    for (const object of definition.bootstrap!.objects)
      assert.equal(definition.bootstrap!.reconcile!(object, object), undefined, object.metadata.name!);
});

test('a role gets back what it lost and keeps what it was given', () => {
  const wanted = named(clusterRole, 'system:kube-dns');
  const extra: PolicyRule = { verbs: ['get'], apiGroups: ['example.com'], resources: ['things'] };
  const found = { ...structuredClone(wanted), rules: [extra, { ...wanted.rules[0], verbs: ['list'] }] };
  found.metadata.labels = { mine: 'yes' };
  const next = reconcileRole(found, wanted)!;
  assert.deepEqual(next.rules, [
    extra,
    { ...wanted.rules[0], verbs: ['list'] },
    { verbs: ['watch'], apiGroups: [''], resources: ['endpoints'] },
    { verbs: ['watch'], apiGroups: [''], resources: ['services'] },
  ]);
  assert.deepEqual(next.metadata.labels, { 'kubernetes.io/bootstrapping': 'rbac-defaults', mine: 'yes' });
  assert.equal(reconcileRole(next, wanted), undefined);
});

test('the rules of a role that gathers are left to whoever gathers', () => {
  const wanted = named(clusterRole, 'edit');
  assert.equal(
    reconcileRole({ ...wanted, rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }] }, wanted),
    undefined,
  );
  const next = reconcileRole({ ...wanted, aggregationRule: { clusterRoleSelectors: [] } }, wanted)!;
  assert.deepEqual(next.aggregationRule, wanted.aggregationRule);
});

test('a binding gets back its subjects; one to another role is made anew', () => {
  const wanted = named(clusterRoleBinding, 'cluster-admin');
  const alone = { ...wanted, subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'bob' }] };
  assert.deepEqual((reconcileBinding(alone, wanted) as KubeObject).subjects, [...alone.subjects, ...wanted.subjects]);
  assert.equal(reconcileBinding({ ...wanted, roleRef: { ...wanted.roleRef, name: 'view' } }, wanted), 'recreate');
});

test('what is annotated autoupdate=false is left alone', () => {
  const off = (object: KubeObject): KubeObject => ({
    ...object,
    metadata: { ...object.metadata, annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'false' } },
  });
  const wanted = named(clusterRole, 'system:discovery');
  assert.equal(reconcileRole(off({ ...wanted, rules: [] }), wanted), undefined);
  assert.notEqual(reconcileRole({ ...wanted, rules: [] }, wanted), undefined);
  const binding = named(clusterRoleBinding, 'system:discovery');
  assert.equal(reconcileBinding(off({ ...binding, subjects: [] }), binding), undefined);
});
