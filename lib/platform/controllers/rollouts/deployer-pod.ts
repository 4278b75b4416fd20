import type { DeploymentConfig } from '../../api/openshift-apps/deployment-config-types.ts';
import { DEPLOY_COMMAND } from '../../api/openshift-apps/deploy-command.ts';
import {
  CONFIG_NAME,
  configNameOf,
  DEPLOYER_POD_FOR,
  DEPLOYMENT_NAME,
  deployerPodName,
} from '../../api/openshift-apps/rollout-annotations.ts';
import { MAX_DEPLOYER_SECONDS } from '../../api/openshift-apps/strategy-validation.ts';
import type { Container, Pod, PodSpec } from '../core-types.ts';
import { BUILDER_IMAGE } from '../../builds/contract.ts';
import { ownerReference } from '../ownership/claims.ts';
import type { ReplicationController } from './rollout-types.ts';

const CONTAINER = 'deployment';

/**
 * The pod that carries a rollout out, as the namespace's service account `deployer` (openshift-controller-manager deployer makeDeployerPod).
 * `config`: of the version.
 */
export function deployerPod(controller: ReplicationController, config: DeploymentConfig): Pod {
  const { namespace, name } = controller.metadata;
  const { strategy, template } = config.spec;
  const custom = strategy.customParams;
  const own = custom?.image === undefined || custom.image === '';
  const { controller: _controller, blockOwnerDeletion: _block, ...owner } = ownerReference(controller);
  const { nodeSelector, imagePullSecrets, tolerations } = (template?.spec ?? {}) as Partial<PodSpec> & {
    imagePullSecrets?: unknown;
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: deployerPodName(name!),
      namespace: namespace!,
      labels: { ...strategy.labels, [DEPLOYER_POD_FOR]: name! },
      annotations: { ...strategy.annotations, [DEPLOYMENT_NAME]: name!, [CONFIG_NAME]: configNameOf(controller) },
      ownerReferences: [owner],
    },
    spec: {
      containers: [
        {
          name: CONTAINER,
          image: own ? BUILDER_IMAGE : custom.image!,
          imagePullPolicy: 'IfNotPresent',
          ...commandOf(custom, own),
          env: [
            ...(custom?.environment ?? []),
            { name: 'OPENSHIFT_DEPLOYMENT_NAME', value: name! },
            { name: 'OPENSHIFT_DEPLOYMENT_NAMESPACE', value: namespace! },
          ],
          ...(strategy.resources === undefined ? {} : { resources: strategy.resources }),
          ...(own ? { securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } } : {}),
        } as Container,
      ],
      ...(own ? { securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } } } : {}),
      ...(nodeSelector === undefined ? {} : { nodeSelector }),
      ...(tolerations === undefined ? {} : { tolerations }),
      ...(imagePullSecrets === undefined ? {} : { imagePullSecrets }),
      serviceAccountName: 'deployer',
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 10,
      activeDeadlineSeconds: strategy.activeDeadlineSeconds ?? MAX_DEPLOYER_SECONDS,
    },
  };
}

function commandOf(custom: DeploymentConfig['spec']['strategy']['customParams'], own: boolean): { command?: string[] } {
  if (custom?.command !== undefined && custom.command.length > 0) return { command: custom.command };
  return own ? { command: [DEPLOY_COMMAND] } : {};
}
