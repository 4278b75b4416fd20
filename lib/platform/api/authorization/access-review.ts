import type { AccessAnswer, AccessQuestion } from '../access-policy.ts';
import type { KubeObject } from '../meta.ts';
import type { StatusCause } from '../status-error.ts';
import type { UserInfo } from '../verbs.ts';
import { invalid } from '../validation/causes.ts';

export const AUTHORIZATION = { group: 'authorization.k8s.io', version: 'v1' } as const;

/** What the four kinds of questions share (authorization/v1 SubjectAccessReviewSpec). */
interface ReviewSpec {
  readonly resourceAttributes?: Partial<AccessQuestion>;
  readonly nonResourceAttributes?: { readonly verb?: string; readonly path?: string };
  readonly user?: string;
  readonly groups?: readonly string[];
  readonly uid?: string;
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

const specOf = (review: KubeObject): ReviewSpec => (review.spec ?? {}) as ReviewSpec;

/** Texts of pkg/apis/authorization/validation. */
export function validateQuestion(review: KubeObject): StatusCause[] {
  const { resourceAttributes, nonResourceAttributes } = specOf(review);
  if (resourceAttributes !== undefined && nonResourceAttributes !== undefined)
    return [
      invalid('spec.nonResourceAttributes', nonResourceAttributes, 'cannot be specified in combination with resourceAttributes'),
    ];
  if (resourceAttributes !== undefined || nonResourceAttributes !== undefined) return [];
  return [
    invalid('spec.resourceAttributes', null, 'exactly one of nonResourceAttributes or resourceAttributes must be specified'),
  ];
}

/** Somebody must be asked about. */
export function validateSubject(review: KubeObject): StatusCause[] {
  const { user = '', groups = [] } = specOf(review);
  return user === '' && groups.length === 0 ? [invalid('spec.user', '', 'at least one of user or group must be specified')] : [];
}

/** A question is no object: its metadata says nothing, but for the namespace where it has one. */
export function validateNoMetadata({ metadata }: KubeObject, namespaced: boolean): StatusCause[] {
  const { managedFields: _fields, namespace, ...rest } = metadata;
  const said = Object.entries(namespaced ? rest : { ...rest, namespace }).filter(
    ([, value]) => value !== undefined && value !== null,
  );
  if (said.length === 0) return [];
  return [invalid('metadata', metadata, namespaced ? 'must be empty except for namespace' : 'must be empty')];
}

/** Whom a review of somebody else is about. */
export function subjectOf(review: KubeObject): UserInfo {
  const { user = '', groups = [], uid, extra } = specOf(review);
  return { name: user, groups, ...(uid === undefined ? {} : { uid }), ...(extra === undefined ? {} : { extra }) };
}

/** What a review asks, for the authorizer. */
export function questionOf(review: KubeObject): AccessQuestion {
  const { resourceAttributes, nonResourceAttributes } = specOf(review);
  if (resourceAttributes === undefined)
    return { verb: nonResourceAttributes?.verb ?? '', path: nonResourceAttributes?.path ?? '' };
  const { verb = '', group, version, resource, subresource, namespace, name } = resourceAttributes;
  return {
    verb,
    ...(group === undefined ? {} : { group }),
    ...(version === undefined ? {} : { version }),
    ...(resource === undefined ? {} : { resource }),
    ...(subresource === undefined ? {} : { subresource }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  };
}

/** authorization/v1 SubjectAccessReviewStatus. */
export const statusOf = ({ allowed, denied, reason }: AccessAnswer): object => ({
  allowed,
  ...(denied === true ? { denied: true } : {}),
  ...(reason === undefined || reason === '' ? {} : { reason }),
});
