import { column, nameColumn } from '../columns.ts';
import type { StrategyContext } from '../strategy.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import { isReason, type StatusCause } from '../status-error.ts';
import { invalid } from '../validation/causes.ts';
import { nameCauses } from './user-names.ts';

/** user.openshift.io/v1 User: somebody who has logged in, or may. */
export interface User extends KubeObject {
  fullName?: string;
  /** Names of identities: `PROVIDER:NAME`. */
  identities?: string[];
  /** Only told of who asks; membership is in the groups. */
  groups?: string[];
}

const identity = { group: 'user.openshift.io', version: 'v1' } as const;
export const USERS = { ...identity, resource: 'users' } as const;

/** Who asks stands under this name. */
const MYSELF = '~';
/** Groups that everybody is in by how they came here. */
const IMPLIED = /^system:authenticated(:oauth)?$|^system:unauthenticated$/;

function validate({ metadata, identities = [] }: User): StatusCause[] {
  const causes = nameCauses('metadata.name', metadata.name ?? '');
  for (const [i, name] of identities.entries())
    if (!/^[^:]+:[^:]+$/.test(name))
      causes.push(invalid(`identities[${i}]`, name, 'must be in the format <providerName>:<providerUserName>'));
  return causes;
}

/** Whoever asks: the stored user when there is one, else what the credentials said. */
async function myself({ user, verbs }: StrategyContext): Promise<KubeObject> {
  const groups = user.groups.filter((group) => !IMPLIED.test(group)).toSorted();
  try {
    return { ...(await verbs.get<User>({ ...USERS, name: user.name })), groups };
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
    const metadata = { name: user.name, ...(user.uid === undefined ? {} : { uid: user.uid }) };
    return { apiVersion: 'user.openshift.io/v1', kind: 'User', metadata, identities: [], groups: [...user.groups] };
  }
}

export const user = defineResource<User>({
  ...identity,
  kind: 'User',
  plural: 'users',
  namespaced: false,
  schema: 'com.github.openshift.api.user.v1.User',
  strategy: {
    nameFormat: 'path',
    prepareForCreate: (object) => void delete object.groups,
    prepareForUpdate: (object) => void delete object.groups,
    validate,
  },
  alias: (name, context) => (name === MYSELF ? myself(context) : undefined),
  columns: [
    nameColumn,
    column('UID', ({ metadata }) => metadata.uid ?? ''),
    column('Full Name', (object) => (object as User).fullName ?? ''),
    column('Identities', (object) => ((object as User).identities ?? []).join(', ')),
  ],
});
