import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { systemClock } from '../../../../../lib/common/clock.ts';
import { silentLog } from '../../../../../lib/common/log.ts';
import type { PolicyRule, PolicySubject } from '../../../../../lib/platform/api/access-policy.ts';
import type { ResourceDefinition } from '../../../../../lib/platform/api/define-resource.ts';
import type { KubeObject } from '../../../../../lib/platform/api/meta.ts';
import { clusterRole } from '../../../../../lib/platform/api/rbac/cluster-role.ts';
import { clusterRoleBinding } from '../../../../../lib/platform/api/rbac/cluster-role-binding.ts';
import { role } from '../../../../../lib/platform/api/rbac/role.ts';
import { roleBinding } from '../../../../../lib/platform/api/rbac/role-binding.ts';
import type { UserInfo } from '../../../../../lib/platform/api/verbs.ts';
import { PolicyIndex } from '../../../../../lib/platform/apiserver/auth/policy-index.ts';
import { RbacAuthorizer } from '../../../../../lib/platform/apiserver/auth/rbac-authorizer.ts';
import { ObjectCache } from '../../../../../lib/platform/apiserver/store/object-cache.ts';
import { objectKey } from '../../../../../lib/platform/apiserver/store/storage-key.ts';
import { encodeForStore } from '../../../../../lib/platform/apiserver/store/stored-object.ts';
import { createMemoryBackend } from '../../../../../lib/platform/storage/memory/memory-backend.ts';

const GROUP = 'rbac.authorization.k8s.io';
const DEFINITIONS = [role, clusterRole, roleBinding, clusterRoleBinding];

/** The authorizer on a cache that is fed by a store, as in the server. */
async function startRig() {
  const backend = createMemoryBackend();
  const cache = new ObjectCache(backend, silentLog, systemClock);
  await cache.start();
  const authorizer = new RbacAuthorizer(new PolicyIndex(DEFINITIONS, cache));
  const revisions = new Map<string, number>();
  return {
    authorizer,
    async put(definition: ResourceDefinition, object: KubeObject): Promise<void> {
      const key = objectKey(definition, object.metadata.namespace, object.metadata.name!);
      const known = revisions.get(key);
      const bytes = encodeForStore(object);
      const result = await (known === undefined ? backend.create(key, bytes) : backend.update(key, bytes, known));
      assert.ok(result.ok);
      revisions.set(key, result.revision);
      await cache.reached(result.revision);
    },
    async remove(definition: ResourceDefinition, namespace: string | undefined, name: string): Promise<void> {
      const key = objectKey(definition, namespace, name);
      const result = await backend.delete(key, revisions.get(key)!);
      assert.ok(result.ok);
      revisions.delete(key);
      await cache.reached(result.revision);
    },
    async [Symbol.asyncDispose]() {
      await cache.stop();
      await backend.close();
    },
  };
}

const meta = (name: string, namespace?: string): KubeObject['metadata'] => ({
  name,
  ...(namespace === undefined ? {} : { namespace }),
});
const roleOf = (name: string, rules: readonly PolicyRule[], namespace?: string): KubeObject => ({
  apiVersion: `${GROUP}/v1`,
  kind: namespace === undefined ? 'ClusterRole' : 'Role',
  metadata: meta(name, namespace),
  rules,
});
const bindingOf = (
  name: string,
  to: readonly [kind: string, name: string],
  subjects: readonly PolicySubject[],
  namespace?: string,
): KubeObject => ({
  apiVersion: `${GROUP}/v1`,
  kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
  metadata: meta(name, namespace),
  roleRef: { apiGroup: GROUP, kind: to[0], name: to[1] },
  subjects,
});
const user = (name: string, ...groups: string[]): UserInfo => ({ name, groups });
const toUser = (name: string): PolicySubject => ({ kind: 'User', apiGroup: GROUP, name });
const getPods = { verb: 'get', group: '', version: 'v1', resource: 'pods' };
const readPods: PolicyRule = { verbs: ['get'], apiGroups: [''], resources: ['pods'] };

test('a grant counts from its write on and until it is taken away', async () => {
  await using rig = await startRig();
  const may = (): boolean => rig.authorizer.authorize({ user: user('bob'), ...getPods, namespace: 'a' }).allowed;
  assert.equal(may(), false);
  await rig.put(clusterRole, roleOf('reader', [readPods]));
  await rig.put(roleBinding, bindingOf('b', ['ClusterRole', 'reader'], [toUser('bob')], 'a'));
  assert.equal(may(), true);
  assert.equal(rig.authorizer.authorize({ user: user('bob'), ...getPods, namespace: 'b' }).allowed, false);
  await rig.put(clusterRole, roleOf('reader', []));
  assert.equal(may(), false);
  await rig.put(clusterRole, roleOf('reader', [readPods]));
  assert.equal(may(), true);
  await rig.put(roleBinding, bindingOf('b', ['ClusterRole', 'reader'], [toUser('eve')], 'a'));
  assert.equal(may(), false);
  await rig.put(roleBinding, bindingOf('b', ['ClusterRole', 'reader'], [toUser('bob')], 'a'));
  await rig.remove(roleBinding, 'a', 'b');
  assert.equal(may(), false);
});

test('it tells by what it allows, and which role is missing', async () => {
  await using rig = await startRig();
  const ask = (who: UserInfo) => rig.authorizer.authorize({ user: who, ...getPods, namespace: 'a' });
  await rig.put(
    clusterRoleBinding,
    bindingOf('all', ['ClusterRole', 'reader'], [{ kind: 'Group', apiGroup: GROUP, name: 'team' }]),
  );
  assert.deepEqual(ask(user('bob', 'team')), {
    allowed: false,
    reason: 'RBAC: clusterrole.rbac.authorization.k8s.io "reader" not found',
  });
  await rig.put(clusterRole, roleOf('reader', [readPods]));
  assert.deepEqual(ask(user('bob', 'team')), {
    allowed: true,
    reason: 'RBAC: allowed by ClusterRoleBinding "all" of ClusterRole "reader" to Group "team"',
  });
  await rig.put(role, roleOf('r', [readPods], 'a'));
  await rig.put(roleBinding, bindingOf('sa', ['Role', 'r'], [{ kind: 'ServiceAccount', name: 'x', namespace: 'other' }], 'a'));
  assert.deepEqual(ask(user('system:serviceaccount:other:x')), {
    allowed: true,
    reason: 'RBAC: allowed by RoleBinding "sa/a" of Role "r" to ServiceAccount "x/other"',
  });
  assert.deepEqual(ask(user('system:serviceaccount:a:x')), { allowed: false });
});

test('names of other objects are told apart, also when the answer for one is known', async () => {
  await using rig = await startRig();
  const ask = (name: string): boolean =>
    rig.authorizer.authorize({ user: user('bob'), ...getPods, namespace: 'a', name }).allowed;
  await rig.put(clusterRole, roleOf('one', [{ ...readPods, resourceNames: ['mine'] }]));
  await rig.put(clusterRoleBinding, bindingOf('b', ['ClusterRole', 'one'], [toUser('bob')]));
  assert.deepEqual([ask('mine'), ask('other'), ask('mine'), ask('other')], [true, false, true, false]);
});

const pick = (...values: string[]) => fc.constantFrom(...values);
const list = (...values: string[]) => fc.uniqueArray(pick(...values), { minLength: 1, maxLength: 2 });
const NAMESPACES = ['a', 'b'];
const anyRule = fc.oneof(
  fc.record(
    {
      verbs: list('get', 'list', '*'),
      apiGroups: list('', 'apps', '*'),
      resources: list('pods', 'pods/log', 'deployments', '*', '*/log'),
      resourceNames: list('x', 'y'),
    },
    { requiredKeys: ['verbs', 'apiGroups', 'resources'] },
  ),
  fc.record({ verbs: list('get', '*'), nonResourceURLs: list('/metrics', '/api/*') }),
);
const anySubject = fc.oneof(
  fc.record({ kind: fc.constant('User'), apiGroup: fc.constant(GROUP), name: pick('u1', 'u2', 'system:serviceaccount:a:s') }),
  fc.record({ kind: fc.constant('Group'), apiGroup: fc.constant(GROUP), name: pick('g1', 'g2') }),
  fc.record({ kind: fc.constant('ServiceAccount'), name: fc.constant('s'), namespace: pick('a', 'b') }),
);
const policy = fc.record({
  clusterRoles: fc.array(fc.array(anyRule, { maxLength: 3 }), { minLength: 1, maxLength: 3 }),
  roles: fc.array(fc.record({ namespace: pick(...NAMESPACES), rules: fc.array(anyRule, { maxLength: 3 }) }), { maxLength: 3 }),
  bindings: fc.array(
    fc.record({
      everywhere: fc.boolean(),
      namespace: pick(...NAMESPACES),
      toRole: fc.boolean(),
      number: fc.nat(3),
      subjects: fc.array(anySubject, { maxLength: 2 }),
    }),
    { maxLength: 5 },
  ),
});
const queries = fc.array(
  fc.oneof(
    fc.record({
      verb: pick('get', 'list', 'delete'),
      group: pick('', 'apps', 'batch'),
      version: fc.constant('v1'),
      resource: pick('pods', 'deployments', 'jobs'),
      subresource: pick('', 'log'),
      namespace: pick('', ...NAMESPACES),
      name: pick('', 'x', 'z'),
    }),
    fc.record({ verb: pick('get', 'post'), path: pick('/metrics', '/api/v1', '/other') }),
  ),
  { minLength: 20, maxLength: 40 },
);
const people = [
  user('u1'),
  user('u2', 'g1'),
  user('nobody', 'g2', 'g1'),
  user('system:serviceaccount:a:s'),
  user('system:serviceaccount:b:s', 'g2'),
];

/** What Kubernetes' documentation says of roles and bindings, word for word, with no index, no cache and no cleverness. */
function naive(objects: readonly KubeObject[], who: UserInfo, query: Record<string, string>): boolean {
  return objects
    .filter(({ kind }) => kind.endsWith('Binding'))
    .some((binding) => {
      const of = binding.metadata.namespace;
      if (of !== undefined && (query['path'] !== undefined || query['namespace'] !== of)) return false;
      const meant = (binding.subjects as PolicySubject[]).some(({ kind, name, namespace }) =>
        kind === 'Group'
          ? who.groups.includes(name)
          : who.name === (kind === 'User' ? name : `system:serviceaccount:${namespace}:${name}`),
      );
      const granted = objects.find(
        ({ kind, metadata }) =>
          kind === binding.roleRef.kind &&
          metadata.name === binding.roleRef.name &&
          (kind === 'ClusterRole' || metadata.namespace === of),
      );
      return meant && ((granted?.rules ?? []) as PolicyRule[]).some((rule) => naiveRule(rule, query));
    });
}

function naiveRule(rule: PolicyRule, query: Record<string, string>): boolean {
  const one = (values: readonly string[] = [], wanted = ''): boolean => values.includes('*') || values.includes(wanted);
  if (!one(rule.verbs, query['verb'])) return false;
  const path = query['path'];
  if (path !== undefined)
    return (rule.nonResourceURLs ?? []).some((url) => (url.endsWith('*') ? path.startsWith(url.slice(0, -1)) : url === path));
  const whole = query['subresource'] ? `${query['resource']}/${query['subresource']}` : query['resource'];
  const kind =
    one(rule.resources, whole) || (!!query['subresource'] && (rule.resources ?? []).includes(`*/${query['subresource']}`));
  return (
    one(rule.apiGroups, query['group']) && kind && (!rule.resourceNames?.length || rule.resourceNames.includes(query['name']!))
  );
}

test('its decisions are those of a naive reading of the rules, whatever they are, before and after a change', async () => {
  await fc.assert(
    fc.asyncProperty(policy, queries, async ({ clusterRoles, roles, bindings }, asked) => {
      await using rig = await startRig();
      const objects: KubeObject[] = [];
      const put = async (definition: ResourceDefinition, object: KubeObject): Promise<void> => {
        objects.push(object);
        await rig.put(definition, object);
      };
      const compare = (): void => {
        for (const who of people)
          for (const query of asked)
            assert.equal(
              rig.authorizer.authorize({ user: who, ...query } as Parameters<RbacAuthorizer['authorize']>[0]).allowed,
              naive(objects, who, query as Record<string, string>),
              JSON.stringify({ who, query }),
            );
      };
      for (const [i, rules] of clusterRoles.entries()) await put(clusterRole, roleOf(`r${i}`, rules));
      for (const [i, { namespace, rules }] of roles.entries()) await put(role, roleOf(`r${i}`, rules, namespace));
      for (const [i, { everywhere, namespace, toRole, number, subjects }] of bindings.entries())
        await (everywhere
          ? put(clusterRoleBinding, bindingOf(`b${i}`, ['ClusterRole', `r${number}`], subjects))
          : put(roleBinding, bindingOf(`b${i}`, [toRole ? 'Role' : 'ClusterRole', `r${number}`], subjects, namespace)));
      compare();
      const [gone] = objects.splice(
        objects.findIndex(({ kind }) => kind === 'ClusterRole'),
        1,
      );
      await rig.remove(clusterRole, undefined, gone!.metadata.name!);
      compare();
    }),
    { numRuns: 60 },
  );
});
