import type { DeploymentConfig } from '../../api/openshift-apps/deployment-config-types.ts';
import {
  CONFIG_LABEL,
  CONFIG_NAME,
  DEPLOYMENT_LABEL,
  DEPLOYMENT_NAME,
  deploymentName,
  DESIRED_REPLICAS,
  ENCODED_CONFIG,
  PHASE,
  REPLICAS,
  STATUS_REASON,
  VERSION,
} from '../../api/openshift-apps/rollout-annotations.ts';
import { ownerReference } from '../ownership/claims.ts';
import type { ReplicationController } from './rollout-types.ts';

/** The replication controller of a config's latest version, without pods as yet (openshift/library-go appsutil MakeDeployment). */
export function versionController(config: DeploymentConfig): ReplicationController {
  const { metadata, spec, status } = config;
  const name = deploymentName(metadata.name!, status?.latestVersion ?? 0);
  const labels = { [CONFIG_LABEL]: metadata.name!, [DEPLOYMENT_LABEL]: name };
  const about = { [CONFIG_NAME]: metadata.name!, [VERSION]: String(status?.latestVersion ?? 0) };
  const { template } = spec;
  return {
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata: {
      name,
      namespace: metadata.namespace!,
      labels: { ...metadata.labels, [CONFIG_NAME]: metadata.name! },
      annotations: {
        ...about,
        [STATUS_REASON]: status?.details?.message ?? '',
        [PHASE]: 'New',
        [ENCODED_CONFIG]: JSON.stringify(encoded(config)),
        [REPLICAS]: '',
        [DESIRED_REPLICAS]: String(spec.replicas),
      },
      ownerReferences: [ownerReference(config)],
    },
    spec: {
      replicas: 0,
      ...(spec.minReadySeconds === undefined ? {} : { minReadySeconds: spec.minReadySeconds }),
      selector: { ...spec.selector, ...labels },
      template: {
        metadata: {
          ...template?.metadata,
          labels: { ...template?.metadata?.labels, ...labels },
          annotations: { ...template?.metadata?.annotations, ...about, [DEPLOYMENT_NAME]: name },
        },
        spec: (template?.spec ?? { containers: [] }) as never,
      },
    },
  };
}

/** What is gone back to, and what later changes are told by. */
function encoded({ apiVersion, kind, metadata, spec, status }: DeploymentConfig): object {
  const { managedFields: _fields, ...kept } = metadata;
  return { kind, apiVersion, metadata: kept, spec, status };
}
