import { queryOf } from '../auth/access-control.ts';
import type { ServerContext } from '../server-context.ts';
import type { StoredObject } from '../store/stored-object.ts';
import type { Operation } from './operation.ts';

/** Whether who asks sees an object, by the rights of this moment. Undefined: everybody who may list sees everything. */
export function visibilityOf(
  { authorizer }: ServerContext,
  { served, user }: Operation,
): ((object: StoredObject) => boolean) | undefined {
  const { visibleBy, ownNamespace } = served;
  if (visibleBy === undefined) return undefined;
  return ({ object: { metadata } }) => {
    const { name = '' } = metadata;
    const namespace = ownNamespace === true ? name : (metadata.namespace ?? '');
    return authorizer.authorize(queryOf(user, { ...visibleBy, namespace, name })).allowed;
  };
}
