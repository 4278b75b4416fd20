import type { AccessQuestion } from '../access-policy.ts';
import type { KubeObject } from '../meta.ts';
import type { StatusCause } from '../status-error.ts';
import { required } from '../validation/causes.ts';

export const AUTHORIZATION = { group: 'authorization.openshift.io', version: 'v1' } as const;
export const schemaOf = (kind: string): string => `com.github.openshift.api.authorization.v1.${kind}`;

/** What is asked about: authorization.openshift.io/v1 Action, which its reviews have inline. */
export interface Action extends KubeObject {
  namespace?: string;
  verb?: string;
  resourceAPIGroup?: string;
  resourceAPIVersion?: string;
  /** With the subresource behind a slash. */
  resource?: string;
  resourceName?: string;
  path?: string;
  isNonResourceURL?: boolean;
}

/** Somebody, as reviews of others name them. Nobody named: whoever asks. */
export interface Named {
  user?: string;
  groups?: string[];
}

export function validateAction({ verb = '', resource = '', path = '', isNonResourceURL = false }: Action): StatusCause[] {
  const causes = verb === '' ? [required('verb')] : [];
  if (isNonResourceURL) return path === '' ? [...causes, required('path')] : causes;
  return resource === '' ? [...causes, required('resource')] : causes;
}

export function questionOf(action: Action, namespace: string): AccessQuestion {
  const { verb = '', path = '', isNonResourceURL = false, resourceName = '' } = action;
  if (isNonResourceURL) return { verb, path };
  const [resource = '', subresource = ''] = (action.resource ?? '').split('/', 2);
  return {
    verb,
    group: action.resourceAPIGroup ?? '',
    version: action.resourceAPIVersion ?? '',
    resource,
    ...(subresource === '' ? {} : { subresource }),
    ...(namespace === '' ? {} : { namespace }),
    ...(resourceName === '' ? {} : { name: resourceName }),
  };
}
