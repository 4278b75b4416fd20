import type { KubeObject } from '../meta.ts';

/** core/v1 ObjectReference, as far as builds use it. */
export interface ImageReference {
  /** `DockerImage`, `ImageStreamTag` or `ImageStreamImage`. */
  kind: string;
  name: string;
  namespace?: string;
}

export interface LocalReference {
  name: string;
}

/** core/v1 EnvVar. */
export interface EnvVar {
  name: string;
  value?: string;
  valueFrom?: {
    secretKeyRef?: { name: string; key: string; optional?: boolean };
    configMapKeyRef?: { name: string; key: string; optional?: boolean };
    fieldRef?: { apiVersion?: string; fieldPath: string };
    resourceFieldRef?: { containerName?: string; resource: string; divisor?: string };
  };
}

export interface GitSource {
  uri: string;
  ref?: string;
  httpProxy?: string;
  httpsProxy?: string;
  noProxy?: string;
}

/** Where files come from: `from` is an image, `paths` what is taken out of it. */
export interface ImageSource {
  from: ImageReference;
  as?: string[];
  paths?: { sourcePath: string; destinationDir: string }[];
  pullSecret?: LocalReference;
}

export interface BuildSource {
  type?: string;
  binary?: { asFile?: string };
  dockerfile?: string;
  git?: GitSource;
  images?: ImageSource[];
  contextDir?: string;
  sourceSecret?: LocalReference;
  secrets?: { secret: LocalReference; destinationDir?: string }[];
  configMaps?: { configMap: LocalReference; destinationDir?: string }[];
}

export interface SourceControlUser {
  name?: string;
  email?: string;
}

export interface GitRevision {
  commit?: string;
  author?: SourceControlUser;
  committer?: SourceControlUser;
  message?: string;
}

export interface SourceRevision {
  type: string;
  git?: GitRevision;
}

export interface DockerStrategy {
  from?: ImageReference;
  pullSecret?: LocalReference;
  noCache?: boolean;
  env?: EnvVar[];
  forcePull?: boolean;
  dockerfilePath?: string;
  buildArgs?: EnvVar[];
  imageOptimizationPolicy?: string;
}

export interface SourceStrategy {
  from: ImageReference;
  pullSecret?: LocalReference;
  env?: EnvVar[];
  scripts?: string;
  incremental?: boolean;
  forcePull?: boolean;
}

export interface BuildStrategy {
  type?: string;
  dockerStrategy?: DockerStrategy;
  sourceStrategy?: SourceStrategy;
  customStrategy?: { from?: ImageReference; [field: string]: unknown };
  jenkinsPipelineStrategy?: { [field: string]: unknown };
}

export interface BuildOutput {
  to?: ImageReference;
  pushSecret?: LocalReference;
  imageLabels?: { name: string; value?: string }[];
}

/** What a build is and what a build config makes builds of (build/v1 CommonSpec). */
export interface CommonSpec {
  serviceAccount?: string;
  source?: BuildSource;
  revision?: SourceRevision;
  strategy: BuildStrategy;
  output?: BuildOutput;
  resources?: { limits?: Record<string, string>; requests?: Record<string, string> };
  postCommit?: { command?: string[]; args?: string[]; script?: string };
  completionDeadlineSeconds?: number;
  nodeSelector?: Record<string, string> | null;
}

/** Why a build was started (build/v1 BuildTriggerCause). */
export interface TriggerCause {
  message?: string;
  genericWebHook?: { revision?: SourceRevision; secret?: string };
  githubWebHook?: { revision?: SourceRevision; secret?: string };
  gitlabWebHook?: { revision?: SourceRevision; secret?: string };
  bitbucketWebHook?: { revision?: SourceRevision; secret?: string };
  imageChangeBuild?: { imageID?: string; fromRef?: ImageReference };
}

export interface ImageChangeTrigger {
  lastTriggeredImageID?: string;
  from?: ImageReference;
  paused?: boolean;
}

export interface WebHookTrigger {
  secret?: string;
  allowEnv?: boolean;
  secretReference?: LocalReference;
}

/** What starts builds of a config (build/v1 BuildTriggerPolicy). */
export interface BuildTrigger {
  type: string;
  generic?: WebHookTrigger;
  github?: WebHookTrigger;
  gitlab?: WebHookTrigger;
  bitbucket?: WebHookTrigger;
  imageChange?: ImageChangeTrigger;
}

export type RunPolicy = 'Serial' | 'Parallel' | 'SerialLatestOnly';

/** build.openshift.io/v1 BuildConfig. */
export interface BuildConfig extends KubeObject {
  spec: CommonSpec & {
    triggers?: BuildTrigger[];
    runPolicy?: RunPolicy;
    successfulBuildsHistoryLimit?: number;
    failedBuildsHistoryLimit?: number;
  };
  status?: { lastVersion?: number };
}

export type BuildPhase = 'New' | 'Pending' | 'Running' | 'Complete' | 'Failed' | 'Error' | 'Cancelled';

/** What part of a build took how long (build/v1 StageInfo). */
export interface StageInfo {
  name: string;
  /** RFC 3339. */
  startTime?: string;
  durationMilliseconds?: number;
  steps?: { name: string; startTime?: string; durationMilliseconds?: number }[];
}

export interface BuildStatus {
  phase?: BuildPhase;
  cancelled?: boolean;
  reason?: string;
  message?: string;
  startTimestamp?: string;
  completionTimestamp?: string;
  /** Nanoseconds. */
  duration?: number;
  outputDockerImageReference?: string;
  config?: { kind: string; namespace?: string; name: string };
  output?: { to?: { imageDigest?: string } };
  stages?: StageInfo[];
  logSnippet?: string;
}

/** build.openshift.io/v1 Build. */
export interface Build extends KubeObject {
  spec: CommonSpec & { triggeredBy?: TriggerCause[] };
  status?: BuildStatus;
}

/** build.openshift.io/v1 BuildRequest: what `instantiate` and `clone` are asked. */
export interface BuildRequest extends KubeObject {
  revision?: SourceRevision;
  triggeredByImage?: ImageReference;
  from?: ImageReference;
  binary?: { asFile?: string };
  /** Only if the config's last build has that number. */
  lastVersion?: number;
  env?: EnvVar[];
  triggeredBy?: TriggerCause[];
  dockerStrategyOptions?: { buildArgs?: EnvVar[]; noCache?: boolean };
  sourceStrategyOptions?: { incremental?: boolean };
}

/** Phases that no build leaves. */
export const isFinished = ({ status }: Build): boolean =>
  status?.phase === 'Complete' || status?.phase === 'Failed' || status?.phase === 'Error' || status?.phase === 'Cancelled';
