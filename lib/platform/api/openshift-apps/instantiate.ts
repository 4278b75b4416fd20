import type { ActionContext, ActionSubresource } from '../subresources/action-subresource.ts';
import type { KubeObject } from '../meta.ts';
import { isNotFound, newBadRequest, newInvalid } from '../status-error.ts';
import { invalid } from '../validation/causes.ts';
import { readTags } from './cross-project-tags.ts';
import type { DeploymentCause, DeploymentConfig, ImageChangeParams } from './deployment-config-types.ts';
import { applyImages } from './image-changes.ts';
import { decodeConfig, deploymentName, hasBlankImage } from './rollout-annotations.ts';
import { causesText, changeCauses } from './rollout-causes.ts';

interface DeploymentRequest extends KubeObject {
  readonly name?: string;
  readonly latest?: boolean;
  readonly force?: boolean;
  readonly excludeTriggers?: readonly string[];
}

const REPLICATION_CONTROLLERS = { group: '', version: 'v1', resource: 'replicationcontrollers' } as const;

/**
 * `POST deploymentconfigs/NAME/instantiate`: begins the next version (openshift-apiserver registry/instantiate). With `latest` tags are
 * looked up first, with `force` those of manual triggers too; without `force` nothing begins unless something has changed.
 */
export const instantiate: ActionSubresource = {
  kind: 'action',
  body: {
    group: 'apps.openshift.io',
    version: 'v1',
    kind: 'DeploymentRequest',
    schema: 'com.github.openshift.api.apps.v1.DeploymentRequest',
  },
  async run(parent, body, context) {
    const request = body as DeploymentRequest;
    const { name = '' } = parent.metadata;
    if (request.name !== undefined && request.name !== '' && request.name !== name) {
      const cause = invalid('name', request.name, `must be the name of the deployment config, ${name}`);
      throw newInvalid({ group: 'apps.openshift.io', kind: 'DeploymentRequest' }, name, [cause]);
    }
    const lookup = request.latest === true ? await readTags(parent as DeploymentConfig, context) : () => undefined;
    const before = await latestConfig(parent as DeploymentConfig, context);
    return context.updateParent((object) => begin(object as DeploymentConfig, request, lookup, before));
  },
};

/** In place: the next version, or the reason why there is none. */
function begin(
  config: DeploymentConfig,
  request: DeploymentRequest,
  lookup: Parameters<typeof applyImages>[1],
  before: DeploymentConfig | undefined,
): void {
  const name = config.metadata.name!;
  if (config.spec.paused === true) throw newBadRequest(`cannot deploy a paused deployment config "${name}"; resume it first`);
  const force = request.force === true;
  const asked = (params: ImageChangeParams): boolean =>
    !(request.excludeTriggers ?? []).includes('ImageChange') && (force || params.automatic === true);
  applyImages(config, lookup, asked);
  if (hasBlankImage(config))
    throw newBadRequest(`cannot trigger a deployment for "${name}" because it contains unresolved images`);
  const causes: DeploymentCause[] = force ? [{ type: 'Manual' }] : changeCauses(config, before);
  if (causes.length === 0)
    throw newBadRequest(
      `deployment config "${name}" cannot be instantiated: nothing has changed since its latest version; use force`,
    );
  const status = config.status!;
  status.details = { message: causesText(causes), causes };
  status.latestVersion += 1;
  // A version is something wanted: who waits for it must not take the status of the one before for its own.
  config.metadata.generation = (config.metadata.generation ?? 0) + 1;
}

/** The config as it was when its latest version began. */
async function latestConfig(
  { metadata, status }: DeploymentConfig,
  { verbs }: ActionContext,
): Promise<DeploymentConfig | undefined> {
  const version = status?.latestVersion ?? 0;
  if (version === 0) return undefined;
  try {
    const name = deploymentName(metadata.name!, version);
    return decodeConfig(await verbs.get({ ...REPLICATION_CONTROLLERS, namespace: metadata.namespace!, name }));
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return undefined;
  }
}
