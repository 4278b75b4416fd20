/** What replication controllers and pods of a deployment config are told by (openshift/api apps/v1 consts.go, library-go appsutil). */
import type { KubeObject } from '../meta.ts';
import type { DeploymentConfig } from './deployment-config-types.ts';

export const CONFIG_NAME = 'openshift.io/deployment-config.name';
export const VERSION = 'openshift.io/deployment-config.latest-version';
export const PHASE = 'openshift.io/deployment.phase';
export const STATUS_REASON = 'openshift.io/deployment.status-reason';
export const CANCELLED = 'openshift.io/deployment.cancelled';
export const REPLICAS = 'openshift.io/deployment.replicas';
export const DESIRED_REPLICAS = 'kubectl.kubernetes.io/desired-replicas';
export const ENCODED_CONFIG = 'openshift.io/encoded-deployment-config';
export const DEPLOYMENT_NAME = 'openshift.io/deployment.name';
export const DEPLOYER_POD_NAME = 'openshift.io/deployer-pod.name';
/** Label of the pods that carry a rollout out: its replication controller's name. */
export const DEPLOYER_POD_FOR = 'openshift.io/deployer-pod-for.name';
/** Label of pods of hooks: `hook-pre`, `hook-mid` or `hook-post`. */
export const DEPLOYER_POD_TYPE = 'openshift.io/deployer-pod.type';
/** Labels that replication controllers add to pods and to their selector. */
export const CONFIG_LABEL = 'deploymentconfig';
export const DEPLOYMENT_LABEL = 'deployment';

/** Of a rollout. */
export type RolloutPhase = 'New' | 'Pending' | 'Running' | 'Complete' | 'Failed';

/** Of the replication controller of one version. */
export const deploymentName = (config: string, version: number): string => `${config}-${version}`;

/** Of the pod that carries out a rollout. */
export const deployerPodName = (deployment: string): string => `${deployment}-deploy`;

/** Of the pod of a hook: `pre`, `mid`, `post`. */
export const hookPodName = (deployment: string, hook: string): string => `${deployment}-hook-${hook}`;

/** '' for a replication controller that is no deployment config's. */
export const configNameOf = ({ metadata }: KubeObject): string => metadata.annotations?.[CONFIG_NAME] ?? '';

/** 0 where it says none. */
export function versionOf({ metadata }: KubeObject): number {
  const text = metadata.annotations?.[VERSION] ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

const PHASES: readonly string[] = ['New', 'Pending', 'Running', 'Complete', 'Failed'] satisfies RolloutPhase[];

/** What has no phase, or one that nobody knows, has not begun. */
export function phaseOf({ metadata }: KubeObject): RolloutPhase {
  const text = metadata.annotations?.[PHASE] ?? '';
  return PHASES.includes(text) ? (text as RolloutPhase) : 'New';
}

/** Whether a rollout is over, well or not. */
export const isTerminated = (deployment: KubeObject): boolean => ['Complete', 'Failed'].includes(phaseOf(deployment));

/** Whether somebody has asked for its end (`oc rollout cancel`). */
export const isCancelled = ({ metadata }: KubeObject): boolean => metadata.annotations?.[CANCELLED] === 'true';

/** How many pods a rollout is to end with. */
export function desiredReplicasOf({ metadata }: KubeObject): number {
  const text = metadata.annotations?.[DESIRED_REPLICAS] ?? '';
  return /^\d{1,9}$/.test(text) ? Number(text) : 0;
}

/** The deployment config as it was when this version began. Undefined where the annotation is not there or holds no such thing. */
export function decodeConfig({ metadata }: KubeObject): DeploymentConfig | undefined {
  try {
    const config = JSON.parse(metadata.annotations?.[ENCODED_CONFIG] ?? '') as DeploymentConfig | null;
    return config?.kind === 'DeploymentConfig' && typeof config.spec === 'object' && config.spec !== null ? config : undefined;
  } catch {
    return undefined;
  }
}

/** Images that are not known yet: triggers will fill them in. */
export const hasBlankImage = (config: DeploymentConfig): boolean => {
  const { containers = [], initContainers = [] } = config.spec.template?.spec ?? {};
  return [...containers, ...initContainers].some(({ image = '' }) => image.trim() === '');
};
