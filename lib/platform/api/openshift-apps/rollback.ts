import type { ActionSubresource } from '../subresources/action-subresource.ts';
import type { StrategyContext } from '../strategy.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import { isNotFound, newInvalid, type StatusError } from '../status-error.ts';
import { invalid, required } from '../validation/causes.ts';
import type { DeploymentConfig, ObjectReference } from './deployment-config-types.ts';
import { imageTriggers } from './image-changes.ts';
import { configNameOf, decodeConfig, deploymentName, versionOf } from './rollout-annotations.ts';

interface DeploymentConfigRollback extends KubeObject {
  name?: string;
  updatedAnnotations?: Record<string, string>;
  spec: {
    from?: ObjectReference;
    revision?: number;
    includeTriggers?: boolean;
    includeTemplate?: boolean;
    includeReplicationMeta?: boolean;
    includeStrategy?: boolean;
  };
}

const GROUP = 'apps.openshift.io';
const KIND = { group: GROUP, kind: 'DeploymentConfigRollback' };
const SCHEMA = 'com.github.openshift.api.apps.v1.DeploymentConfigRollback';
const REPLICATION_CONTROLLERS = { group: '', version: 'v1', resource: 'replicationcontrollers' } as const;
const CONFIGS = { group: GROUP, version: 'v1', resource: 'deploymentconfigs' } as const;

const refused = (name: string, field: string, value: unknown, why: string): StatusError =>
  newInvalid(KIND, name, [invalid(field, value, why)]);

/**
 * `POST deploymentconfigs/NAME/rollback`: the config as it would be with parts of an earlier version. Nothing is changed: the client writes
 * what it is given. (openshift-apiserver registry/rollback)
 */
export const rollback: ActionSubresource = {
  kind: 'action',
  body: { ...KIND, version: 'v1', schema: SCHEMA },
  async run(parent, body, { verbs }) {
    const config = parent as DeploymentConfig;
    const { name = '', namespace = '' } = config.metadata;
    const request = body as DeploymentConfigRollback;
    const version = config.status?.latestVersion ?? 0;
    const { revision = 0 } = request.spec;
    if (request.name && request.name !== name) throw refused(name, 'name', request.name, `must be ${name}`);
    if (revision < 0) throw refused(name, 'spec.revision', revision, 'must be non-negative');
    if (version === 0) throw refused(name, 'name', name, 'cannot rollback an undeployed config');
    if (version === 1) throw refused(name, 'name', name, `no previous deployment exists for "${namespace}/${name}"`);
    if (revision === version) throw refused(name, 'spec.revision', revision, `version ${revision} is already the latest`);
    const wanted = revision > 0 ? revision : version - 1;
    const target = deploymentName(name, wanted);
    return rolledBack(config, request, await earlierConfig(verbs, namespace, target, name));
  },
};

async function earlierConfig(
  verbs: StrategyContext['verbs'],
  namespace: string,
  target: string,
  name: string,
): Promise<DeploymentConfig> {
  try {
    const controller = await verbs.get({ ...REPLICATION_CONTROLLERS, namespace, name: target });
    const config = configNameOf(controller) === name ? decodeConfig(controller) : undefined;
    if (config !== undefined) return config;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw refused(name, 'spec.revision', target, `replicationcontrollers "${target}" not found`);
  }
  throw refused(name, 'spec.revision', target, `couldn't decode deployment config from replication controller "${target}"`);
}

function rolledBack(
  from: DeploymentConfig,
  { spec, updatedAnnotations }: DeploymentConfigRollback,
  to: DeploymentConfig,
): KubeObject {
  const next = structuredClone(from);
  if (spec.includeTemplate === true && to.spec.template !== undefined) next.spec.template = to.spec.template;
  if (spec.includeReplicationMeta === true) {
    next.spec.replicas = to.spec.replicas;
    if (to.spec.selector !== undefined) next.spec.selector = to.spec.selector;
  }
  if (spec.includeTriggers === true) next.spec.triggers = to.spec.triggers;
  if (spec.includeStrategy === true) next.spec.strategy = to.spec.strategy;
  // An image that somebody goes back from is not to come again by itself.
  for (const params of imageTriggers(next)) params.automatic = false;
  if (updatedAnnotations !== undefined) next.metadata.annotations = { ...next.metadata.annotations, ...updatedAnnotations };
  return next;
}

/** The same as it was first asked for, by the name of a replication controller to go back to. */
export const deploymentConfigRollback = defineResource({
  ...KIND,
  version: 'v1',
  plural: 'deploymentconfigrollbacks',
  namespaced: true,
  schema: SCHEMA,
  deprecated: 'deploymentconfigrollbacks is deprecated; POST to deploymentconfigs/NAME/rollback',
  verbs: ['create'],
  virtual: {
    async create(body, { verbs, namespace }) {
      const request = body as DeploymentConfigRollback;
      const target = request.spec.from?.name ?? '';
      if (target === '') throw newInvalid(KIND, '', [required('spec.from.name')]);
      const kind = request.spec.from?.kind ?? '';
      if (kind !== '' && kind !== 'ReplicationController')
        throw refused(target, 'spec.from.kind', kind, 'the kind of the rollback target must be ReplicationController');
      try {
        const controller = await verbs.get({ ...REPLICATION_CONTROLLERS, namespace, name: target });
        const to = decodeConfig(controller);
        const config = (await verbs.get({ ...CONFIGS, namespace, name: configNameOf(controller) })) as DeploymentConfig;
        if (to === undefined) throw refused(target, 'spec.from.name', target, `holds no deployment config of its version`);
        if (versionOf(controller) === config.status?.latestVersion)
          throw refused(target, 'spec.from.name', target, `version ${versionOf(controller)} is already the latest`);
        return rolledBack(config, request, to);
      } catch (error) {
        if (!isNotFound(error)) throw error;
        throw refused(target, 'spec.from.name', target, error.message);
      }
    },
  },
});
