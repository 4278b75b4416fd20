import type { AccessQuestion } from '../access-policy.ts';
import type { KubeObject } from '../meta.ts';
import type { StatusCause } from '../status-error.ts';
import { required } from '../validation/causes.ts';

export const AUTHORIZATION = { group: 'authorization.openshift.io', version: 'v1' } as const;
/** Where the field tables of a kind of authorization.openshift.io are. */
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

/** What has to be asked about. */
export function validateAction({ verb = '', resource = '', path = '', isNonResourceURL = false }: Action): StatusCause[] {
  const causes = verb === '' ? [required('verb')] : [];
  if (isNonResourceURL) return path === '' ? [...causes, required('path')] : causes;
  return resource === '' ? [...causes, required('resource')] : causes;
}

/** Resources that OpenShift 3 had before its API was in groups (/oapi/v1), as its clients still ask about them: without a group. */
const LEGACY: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({
    'apps.openshift.io': 'deploymentconfigrollbacks deploymentconfigs',
    'build.openshift.io': 'buildconfigs builds',
    'image.openshift.io': 'images imagestreamimages imagestreamimports imagestreammappings imagestreams imagestreamtags',
    'oauth.openshift.io': 'oauthaccesstokens oauthauthorizetokens oauthclients',
    'project.openshift.io': 'projectrequests projects',
    'quota.openshift.io': 'appliedclusterresourcequotas clusterresourcequotas',
    'route.openshift.io': 'routes',
    'template.openshift.io': 'processedtemplates templates',
    'user.openshift.io': 'groups identities users',
  }).flatMap(([group, resources]) => resources.split(' ').map((resource) => [resource, group])),
);

const groupOf = ({ resourceAPIGroup = '' }: Action, resource: string): string =>
  resourceAPIGroup === '' && Object.hasOwn(LEGACY, resource) ? LEGACY[resource]! : resourceAPIGroup;

/** The same for the authorizer. `namespace`: '' for all. */
export function questionOf(action: Action, namespace: string): AccessQuestion {
  const { verb = '', path = '', isNonResourceURL = false, resourceName = '' } = action;
  if (isNonResourceURL) return { verb, path };
  const [resource = '', subresource = ''] = (action.resource ?? '').split('/', 2);
  return {
    verb,
    group: groupOf(action, resource),
    version: action.resourceAPIVersion ?? '',
    resource,
    ...(subresource === '' ? {} : { subresource }),
    ...(namespace === '' ? {} : { namespace }),
    ...(resourceName === '' ? {} : { name: resourceName }),
  };
}
