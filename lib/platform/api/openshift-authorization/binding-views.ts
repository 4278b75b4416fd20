import type { PolicySubject, RoleReference } from '../access-policy.ts';
import { column, nameColumn, type Column } from '../columns.ts';
import type { KubeObject } from '../meta.ts';
import { clusterRoleBinding as storedClusterRoleBinding } from '../rbac/cluster-role-binding.ts';
import { RBAC } from '../rbac/escalation.ts';
import { grantOf, roleBinding as storedRoleBinding } from '../rbac/role-binding.ts';
import { newInvalid } from '../status-error.ts';
import { invalid } from '../validation/causes.ts';
import { AUTHORIZATION } from './authorization-group.ts';
import { rbacView } from './rbac-view.ts';

/** authorization.openshift.io/v1 RoleBinding: subjects once as objects and once as names. */
interface Binding extends KubeObject {
  userNames?: string[] | null;
  groupNames?: string[] | null;
  subjects?: { kind?: string; name?: string; namespace?: string }[] | null;
  roleRef?: { name?: string; namespace?: string };
}

const ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;
/** Kinds that OpenShift 3 had for names of the system. */
const KINDS: Readonly<Record<string, string>> = { SystemUser: 'User', SystemGroup: 'Group' };

function user(name: string): PolicySubject {
  const [, namespace, account] = ACCOUNT.exec(name) ?? [];
  if (namespace !== undefined && account !== undefined) return { kind: 'ServiceAccount', namespace, name: account };
  return { kind: 'User', apiGroup: RBAC.group, name };
}
const group = (name: string): PolicySubject => ({ kind: 'Group', apiGroup: RBAC.group, name });

function subject({ kind = '', name = '', namespace = '' }: NonNullable<Binding['subjects']>[number]): PolicySubject {
  const known = Object.hasOwn(KINDS, kind) ? KINDS[kind]! : kind;
  if (known === 'ServiceAccount') return { kind: known, name, ...(namespace === '' ? {} : { namespace }) };
  return { kind: known, apiGroup: RBAC.group, name };
}

/** Names win over objects, as in OpenShift: old clients write only these. */
function subjectsOf({ userNames, groupNames, subjects }: Binding): PolicySubject[] | undefined {
  if ((userNames ?? groupNames ?? undefined) !== undefined)
    return [...(userNames ?? []).map(user), ...(groupNames ?? []).map(group)];
  return subjects?.map(subject);
}

/** A role of the binding's own namespace, or a cluster role when no namespace is named. */
function roleOf({ kind, metadata, roleRef }: Binding): RoleReference | undefined {
  if (roleRef === undefined) return undefined;
  const { name = '', namespace = '' } = roleRef;
  if (namespace !== '' && namespace !== metadata.namespace)
    throw newInvalid({ group: AUTHORIZATION.group, kind }, metadata.name ?? '', [
      invalid(
        'roleRef.namespace',
        namespace,
        'must be the namespace of the binding (metadata.namespace), or absent for a cluster role',
      ),
    ]);
  return { apiGroup: RBAC.group, kind: namespace === '' ? 'ClusterRole' : 'Role', name };
}

function toStored(object: KubeObject): KubeObject {
  const { userNames: _users, groupNames: _groups, subjects: _subjects, roleRef: _role, ...rest } = object as Binding;
  const subjects = subjectsOf(object as Binding);
  const role = roleOf(object as Binding);
  return {
    ...rest,
    ...(subjects === undefined ? {} : { subjects }),
    ...(role === undefined ? {} : { roleRef: role }),
  };
}

const userName = ({ kind, namespace = '', name }: PolicySubject, own: string): string =>
  kind === 'User' ? name : `system:serviceaccount:${namespace === '' ? own : namespace}:${name}`;
const orNull = (names: string[]): string[] | null => (names.length === 0 ? null : names);

function namesOf(object: KubeObject): { users: string[]; groups: string[] } {
  const { subjects } = grantOf(object);
  const { namespace = '' } = object.metadata;
  return {
    users: subjects.filter(({ kind }) => kind !== 'Group').map((each) => userName(each, namespace)),
    groups: subjects.filter(({ kind }) => kind === 'Group').map(({ name }) => name),
  };
}

function fromStored(object: KubeObject): KubeObject {
  const { subjects, role } = grantOf(object);
  const { users, groups } = namesOf(object);
  const { namespace = '' } = object.metadata;
  return {
    ...object,
    userNames: orNull(users),
    groupNames: orNull(groups),
    subjects: subjects.map(({ kind, name, namespace: of }) => ({ kind, ...(of === undefined ? {} : { namespace: of }), name })),
    roleRef: { name: role.name, ...(role.kind === 'Role' ? { namespace } : {}) },
  };
}

const columns: readonly Column[] = [
  nameColumn,
  column(
    'Role',
    (object) => `${grantOf(object).role.kind === 'Role' ? object.metadata.namespace : ''}/${grantOf(object).role.name}`,
  ),
  column('Users', (object) =>
    namesOf(object)
      .users.filter((name) => !ACCOUNT.test(name))
      .join(', '),
  ),
  column('Groups', (object) => namesOf(object).groups.join(', ')),
  column('Service Accounts', (object) =>
    namesOf(object)
      .users.flatMap((name) => ACCOUNT.exec(name)?.slice(1).join('/') ?? [])
      .join(', '),
  ),
];

const VIEW = { toStored, fromStored, columns };

/** Bindings as OpenShift 3 had them before they were RBAC's: the same objects. */
export const roleBinding = rbacView(storedRoleBinding, VIEW);
export const clusterRoleBinding = rbacView(storedClusterRoleBinding, VIEW);
