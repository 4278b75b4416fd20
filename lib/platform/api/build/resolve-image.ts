import type { StrategyContext } from '../strategy.ts';
import { isNotFound, newBadRequest, newForbidden } from '../status-error.ts';
import type { UserInfo, Verbs } from '../verbs.ts';
import type { ImageReference } from './build-types.ts';
import { parseStreamTag } from './image-reference-validation.ts';

const GROUP = { group: 'image.openshift.io', version: 'v1' };

/** Who is asked: about images, and about who may pull them. */
export interface Resolver {
  readonly verbs: Verbs;
  readonly access: Pick<StrategyContext['access'], 'authorize'>;
}

/** The account that pulls for a build. */
const puller = (namespace: string, account: string): UserInfo => ({
  name: `system:serviceaccount:${namespace}:${account}`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
});

/** Throws 403 where the build's account may not pull what is in another project: nobody is told of it then. */
export async function requirePull(
  { access }: Pick<Resolver, 'access'>,
  { kind, name, namespace: said }: ImageReference,
  namespace: string,
  account: string,
): Promise<void> {
  const within = said === undefined || said === '' ? namespace : said;
  if (kind === 'DockerImage' || within === namespace) return;
  const stream = kind === 'ImageStreamTag' ? (parseStreamTag(name)?.stream ?? name) : name.split('@')[0]!;
  const question = { ...GROUP, verb: 'get', resource: 'imagestreams', subresource: 'layers', namespace: within, name: stream };
  if ((await access.authorize(puller(namespace, account), question)).allowed) return;
  throw newForbidden(
    { group: GROUP.group, resource: 'imagestreams/layers' },
    stream,
    `the service account "${account}" of ${namespace} may not pull from the project "${within}"; grant it the role system:image-puller there`,
  );
}

/**
 * The image that a reference means now, as a registry knows it, with its digest. Throws a StatusError: 400 for a tag or an image that is
 * not there, 403 where it may not be pulled. (openshift-apiserver, BuildGenerator.resolveImageStreamReference.)
 */
export async function resolveImage(
  resolver: Resolver,
  from: ImageReference,
  namespace: string,
  account: string,
): Promise<string> {
  const { kind, name } = from;
  if (kind === 'DockerImage') return name;
  await requirePull(resolver, from, namespace, account);
  const within = from.namespace === undefined || from.namespace === '' ? namespace : from.namespace;
  const resource = kind === 'ImageStreamTag' ? 'imagestreamtags' : 'imagestreamimages';
  try {
    const found = await resolver.verbs.get({ ...GROUP, resource, namespace: within, name });
    const reference = (found as { image?: { dockerImageReference?: string } }).image?.dockerImageReference;
    if (reference !== undefined && reference !== '') return reference;
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  throw newBadRequest(`Error resolving ${kind} ${name} in namespace ${within}: unable to find latest tagged image`);
}
