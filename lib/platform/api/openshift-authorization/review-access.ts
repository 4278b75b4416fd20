import type { VirtualContext } from '../virtual-resource.ts';
import type { KubeObject } from '../meta.ts';
import { newForbidden, newInvalid } from '../status-error.ts';
import { invalid } from '../validation/causes.ts';
import { type Action, AUTHORIZATION, type Named } from './authorization-group.ts';

/**
 * The namespace that a review is about. One with a namespace in its path is about that; one without says so itself, and is then asked as if it had come
 * by that path. Throws what keeps the asker from asking.
 */
export async function reviewedNamespace(
  review: Action & Named,
  { kind, plural, local }: { readonly kind: string; readonly plural: string; readonly local: string },
  context: VirtualContext,
): Promise<string> {
  const { namespace: said = '' } = review;
  if (context.namespace !== '' && said !== '' && said !== context.namespace)
    throw newInvalid({ group: AUTHORIZATION.group, kind }, '', [
      invalid('namespace', said, `namespace must be: ${context.namespace}`),
    ]);
  const namespace = context.namespace === '' ? said : context.namespace;
  if (isPersonal(kind, review)) return namespace;
  const resource = namespace === '' || context.namespace !== '' ? plural : local;
  const question = { ...AUTHORIZATION, verb: 'create', resource, ...(namespace === '' ? {} : { namespace }) };
  const { allowed } = await context.access.authorize(context.user, question);
  if (allowed) return namespace;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`;
  throw newForbidden(
    { group: AUTHORIZATION.group, resource },
    '',
    `User ${JSON.stringify(context.user.name)} cannot create resource ${JSON.stringify(resource)} in API group "${AUTHORIZATION.group}" ${where}`,
  );
}

/** Everybody may ask about themselves. */
const isPersonal = (kind: string, { user = '', groups }: Named): boolean =>
  kind.includes('Subject') && user === '' && (groups ?? []).length === 0;

/** Whom it is about. */
export const subjectOf = ({ user = '', groups }: Named, context: VirtualContext): VirtualContext['user'] =>
  user === '' && (groups ?? []).length === 0 ? context.user : { name: user, groups: groups ?? [] };

/** An answer of this group; it is stored nowhere. */
export const response = (kind: string, fields: object): KubeObject =>
  ({ kind, apiVersion: `${AUTHORIZATION.group}/${AUTHORIZATION.version}`, ...fields }) as unknown as KubeObject;
