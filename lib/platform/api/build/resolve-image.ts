import type { StrategyContext } from '../define-resource.ts';
import { isNotFound, newBadRequest, newForbidden } from '../status-error.ts';
import type { UserInfo } from '../verbs.ts';
import type { ImageReference } from './build-types.ts';
import { parseStreamTag } from './image-reference-validation.ts';

const GROUP = { group: 'image.openshift.io', version: 'v1' };

export type Resolver = Pick<StrategyContext, 'verbs' | 'access'>;

/** The account that pulls for a build. */
const puller = (namespace: string, account: string): UserInfo => ({
  name: `system:serviceaccount:${namespace}:${account}`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
});

/**
 * The image that a reference means now, as a registry knows it, with its digest. What is in another project is told only where the build's
 * account may pull it. Throws a StatusError: 400 for a tag or an image that is not there.
 * (openshift-apiserver, BuildGenerator.resolveImageStreamReference.)
 */
export async function resolveImage(
  { verbs, access }: Resolver,
  { kind, name, namespace: said }: ImageReference,
  namespace: string,
  account: string,
): Promise<string> {
  if (kind === 'DockerImage') return name;
  const within = said === undefined || said === '' ? namespace : said;
  const stream = kind === 'ImageStreamTag' ? (parseStreamTag(name)?.stream ?? name) : name.split('@')[0]!;
  if (within !== namespace) {
    const question = { ...GROUP, verb: 'get', resource: 'imagestreams', subresource: 'layers', namespace: within, name: stream };
    if (!(await access.authorize(puller(namespace, account), question)).allowed)
      throw newForbidden(
        { group: GROUP.group, resource: 'imagestreams/layers' },
        stream,
        `the service account "${account}" of ${namespace} may not pull from the project "${within}"; grant it the role system:image-puller there`,
      );
  }
  const resource = kind === 'ImageStreamTag' ? 'imagestreamtags' : 'imagestreamimages';
  try {
    const found = await verbs.get({ ...GROUP, resource, namespace: within, name });
    const reference = (found as { image?: { dockerImageReference?: string } }).image?.dockerImageReference;
    if (reference !== undefined && reference !== '') return reference;
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  throw newBadRequest(`Error resolving ${kind} ${name} in namespace ${within}: unable to find latest tagged image`);
}
