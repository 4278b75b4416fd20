/** apps.openshift.io/v1, as far as it is looked at; the API server has filled the defaults. */
import type { KubeObject, ObjectMeta } from '../meta.ts';

export interface DeploymentConfig extends KubeObject {
  spec: DeploymentConfigSpec;
  status?: DeploymentConfigStatus;
}

export interface DeploymentConfigSpec {
  strategy: DeploymentStrategy;
  minReadySeconds?: number;
  /** Null where a client gave none; the default is one of type ConfigChange. */
  triggers: DeploymentTrigger[] | null;
  replicas: number;
  revisionHistoryLimit?: number;
  /** Pods run while a rollout does, and no longer. */
  test: boolean;
  paused?: boolean;
  selector?: Record<string, string>;
  template?: { metadata?: ObjectMeta; spec: TemplateSpec };
}

export interface TemplateSpec {
  containers: TemplateContainer[];
  initContainers?: TemplateContainer[];
  [field: string]: unknown;
}

export interface TemplateContainer {
  name: string;
  image?: string;
  [field: string]: unknown;
}

export interface ObjectReference {
  kind?: string;
  namespace?: string;
  name?: string;
}

export interface DeploymentTrigger {
  /** `ConfigChange` or `ImageChange`. */
  type?: string;
  imageChangeParams?: ImageChangeParams;
}

export interface ImageChangeParams {
  automatic?: boolean;
  containerNames?: string[];
  /** An ImageStreamTag. */
  from: ObjectReference;
  /** What the tag stood for when the template was last changed. */
  lastTriggeredImage?: string;
}

export interface DeploymentStrategy {
  /** `Rolling`, `Recreate` or `Custom`. */
  type?: string;
  customParams?: CustomParams;
  recreateParams?: RecreateParams;
  rollingParams?: RollingParams;
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  /** Of the deployer pod. */
  activeDeadlineSeconds?: number;
}

export interface CustomParams {
  image?: string;
  environment?: EnvVar[];
  command?: string[];
}

export interface RecreateParams {
  timeoutSeconds?: number;
  pre?: LifecycleHook;
  mid?: LifecycleHook;
  post?: LifecycleHook;
}

export interface RollingParams {
  updatePeriodSeconds?: number;
  intervalSeconds?: number;
  timeoutSeconds?: number;
  maxUnavailable?: number | string;
  maxSurge?: number | string;
  pre?: LifecycleHook;
  post?: LifecycleHook;
}

export interface LifecycleHook {
  /** `Abort`, `Retry` or `Ignore`. */
  failurePolicy: string;
  execNewPod?: ExecNewPodHook;
  tagImages?: TagImageHook[];
}

export interface ExecNewPodHook {
  command: string[] | null;
  env?: EnvVar[];
  containerName: string;
  /** Names of the template's volumes that the hook sees. */
  volumes?: string[];
}

export interface TagImageHook {
  containerName: string;
  to: ObjectReference;
}

export interface EnvVar {
  name: string;
  value?: string;
  [field: string]: unknown;
}

export interface DeploymentConfigStatus {
  latestVersion: number;
  observedGeneration: number;
  replicas: number;
  updatedReplicas: number;
  availableReplicas: number;
  unavailableReplicas: number;
  readyReplicas?: number;
  details?: { message?: string; causes: DeploymentCause[] | null };
  conditions?: DeploymentConfigCondition[];
}

export interface DeploymentCause {
  /** `ConfigChange`, `ImageChange` or `Manual`. */
  type: string;
  imageTrigger?: { from: ObjectReference };
}

export interface DeploymentConfigCondition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  lastUpdateTime?: string;
  lastTransitionTime?: string;
  reason?: string;
  message?: string;
}
