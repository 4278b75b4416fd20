import { systemClock } from '../../../lib/common/clock.ts';
import { silentLog } from '../../../lib/common/log.ts';
import type { PolicyRule, PolicySubject } from '../../../lib/platform/api/access-policy.ts';
import type { ResourceDefinition } from '../../../lib/platform/api/define-resource.ts';
import type { KubeObject } from '../../../lib/platform/api/meta.ts';
import { clusterRole } from '../../../lib/platform/api/rbac/cluster-role.ts';
import { clusterRoleBinding } from '../../../lib/platform/api/rbac/cluster-role-binding.ts';
import { ruleAllows } from '../../../lib/platform/api/rbac/policy-rules.ts';
import { role } from '../../../lib/platform/api/rbac/role.ts';
import { roleBinding } from '../../../lib/platform/api/rbac/role-binding.ts';
import type { UserInfo } from '../../../lib/platform/api/verbs.ts';
import type { ResourceQuery } from '../../../lib/platform/apiserver/auth/authorizer.ts';
import { PolicyIndex } from '../../../lib/platform/apiserver/auth/policy-index.ts';
import { RbacAuthorizer } from '../../../lib/platform/apiserver/auth/rbac-authorizer.ts';
import { ObjectCache } from '../../../lib/platform/apiserver/store/object-cache.ts';
import { objectKey } from '../../../lib/platform/apiserver/store/storage-key.ts';
import { encodeForStore } from '../../../lib/platform/apiserver/store/stored-object.ts';
import { createMemoryBackend } from '../../../lib/platform/storage/memory/memory-backend.ts';
import type { Contender } from '../harness.ts';

const NAMESPACES = 100;
const ROLES = 1000;
const BINDINGS_PER_ROLE = 5;
const USERS = 50;
const GROUP = 'rbac.authorization.k8s.io';
const KINDS = [role, clusterRole, roleBinding, clusterRoleBinding];

/** Kubernetes' default policy, and 1,000 roles with 5,000 bindings in 100 namespaces. */
function policy(): [ResourceDefinition, KubeObject][] {
  const objects: [ResourceDefinition, KubeObject][] = KINDS.flatMap((kind) =>
    kind.bootstrap!.objects.map((object): [ResourceDefinition, KubeObject] => [kind, object]),
  );
  const rules = [{ verbs: ['get', 'list'], apiGroups: [''], resources: ['pods', 'configmaps'] }];
  for (let i = 0; i < ROLES; i++) {
    const namespace = `ns${i % NAMESPACES}`;
    objects.push([role, { apiVersion: `${GROUP}/v1`, kind: 'Role', metadata: { name: `r${i}`, namespace }, rules }]);
    for (let j = 0; j < BINDINGS_PER_ROLE; j++)
      objects.push([
        roleBinding,
        {
          apiVersion: `${GROUP}/v1`,
          kind: 'RoleBinding',
          metadata: { name: `b${i}-${j}`, namespace },
          roleRef: { apiGroup: GROUP, kind: 'Role', name: `r${i}` },
          subjects: [{ kind: 'User', apiGroup: GROUP, name: `u${(i * BINDINGS_PER_ROLE + j) % USERS}` }],
        },
      ]);
  }
  return objects;
}

const users: readonly UserInfo[] = Array.from({ length: USERS }, (_, i) => ({ name: `u${i}`, groups: ['system:authenticated'] }));
const query = (n: number): ResourceQuery => ({
  user: users[n % USERS]!,
  verb: n % 3 === 0 ? 'delete' : 'get',
  group: '',
  version: 'v1',
  resource: 'pods',
  namespace: `ns${(n * 7) % NAMESPACES}`,
  name: `pod-${n}`,
});

/** How long one decision takes, over `count` of them. */
function nanoseconds(count: number, decide: (n: number) => boolean): { ns: number; allowed: number } {
  const began = performance.now();
  let allowed = 0;
  for (let n = 0; n < count; n++) if (decide(n)) allowed++;
  return { ns: ((performance.now() - began) * 1e6) / count, allowed: allowed / count };
}

/** Looks through every binding for each decision. */
export function naive(): Contender {
  const objects = policy();
  const bindings = objects.filter(([kind]) => kind === roleBinding || kind === clusterRoleBinding).map(([, object]) => object);
  const roles = new Map(
    objects.map(([kind, { metadata, ...rest }]) => [`${kind.kind}/${metadata.namespace ?? ''}/${metadata.name}`, rest]),
  );
  const decide = (n: number): boolean => {
    const asked = query(n);
    return bindings.some(({ metadata, roleRef, subjects = [] }) => {
      if (metadata.namespace !== undefined && metadata.namespace !== asked.namespace) return false;
      const meant = (subjects as PolicySubject[]).some(({ kind, name }) =>
        kind === 'Group' ? asked.user.groups.includes(name) : asked.user.name === name,
      );
      const rules = (roles.get(`${roleRef.kind}/${roleRef.kind === 'Role' ? metadata.namespace : ''}/${roleRef.name}`)?.[
        'rules'
      ] ?? []) as PolicyRule[];
      return meant && rules.some((rule) => ruleAllows(rule, asked));
    });
  };
  return { name: 'every binding in turn', run: () => Promise.resolve(nanoseconds(2000, decide)) };
}

/** The authorizer on its index; the first decisions of each user work out what that user has. */
export async function indexed(): Promise<Contender & AsyncDisposable> {
  const backend = createMemoryBackend();
  for (const [kind, object] of policy())
    await backend.create(objectKey(kind, object.metadata.namespace, object.metadata.name!), encodeForStore(object));
  const cache = new ObjectCache(backend, silentLog, systemClock);
  await cache.start();
  const index = new PolicyIndex(KINDS, cache);
  return {
    name: 'authorizer',
    run: () => {
      const authorizer = new RbacAuthorizer(index);
      return Promise.resolve(nanoseconds(500_000, (n) => authorizer.authorize(query(n)).allowed));
    },
    async [Symbol.asyncDispose]() {
      await cache.stop();
      await backend.close();
    },
  };
}
