import type { ActionContext } from '../subresources/action-subresource.ts';
import { isNotFound, newForbidden } from '../status-error.ts';
import type { UserInfo } from '../verbs.ts';
import type { DeploymentConfig } from './deployment-config-types.ts';
import { imageTriggers, latestReference, type TagLookup, tagNameOf } from './image-changes.ts';

const IMAGE_STREAMS = { group: 'image.openshift.io', version: 'v1', resource: 'imagestreams' } as const;

/** The account that the config's pods run as, which is who pulls their images. */
function podAccount({ metadata, spec }: DeploymentConfig): UserInfo {
  const namespace = metadata.namespace ?? '';
  const account = (spec.template?.spec['serviceAccountName'] as string | undefined) || 'default';
  return {
    name: `system:serviceaccount:${namespace}:${account}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
  };
}

/** What is asked before an image of another project is told of. */
const layersQuestion = (namespace: string, name: string) =>
  ({ verb: 'get', group: IMAGE_STREAMS.group, resource: 'imagestreams', subresource: 'layers', namespace, name }) as const;

/**
 * Looks up the tags that the config's triggers name. Throws a StatusError: Forbidden for a stream of another project that the config's pods
 * may not pull from.
 */
export async function readTags(config: DeploymentConfig, { verbs, access }: ActionContext): Promise<TagLookup> {
  const own = config.metadata.namespace ?? '';
  const found = new Map<string, string>();
  for (const { from } of imageTriggers(config)) {
    const name = tagNameOf(from, own);
    if (name === undefined) continue;
    const { namespace, stream, tag } = name;
    if (namespace !== own) {
      const account = podAccount(config);
      if (!(await access.authorize(account, layersQuestion(namespace, stream))).allowed)
        throw newForbidden(
          { group: IMAGE_STREAMS.group, resource: 'imagestreams/layers' },
          stream,
          `${account.name} may not pull from the project "${namespace}"; grant it the role system:image-puller there`,
        );
    }
    try {
      const reference = latestReference(await verbs.get({ ...IMAGE_STREAMS, namespace, name: stream }), tag);
      if (reference !== undefined) found.set(`${namespace}/${stream}:${tag}`, reference);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
  return ({ namespace, stream, tag }) => found.get(`${namespace}/${stream}:${tag}`);
}
