/**
 * What the controllers that make build pods, the program that runs in them and the node that serves them agree on. The names are
 * OpenShift's where it has some (openshift/builder, openshift-controller-manager's build strategies).
 *
 * A build pod has the service account `builder`, restart policy Never, an emptyDir on WORK_DIR that all its containers share and
 *
 * - the init container `git-clone`, when the source is in git or is uploaded: it fetches the source into INPUTS_DIR. An upload is its
 *   standard input (`stdin`, `stdinOnce`): a tar, gzipped or not, or with `source.binary.asFile` the file itself. It ends with 0 when
 *   all of it is there; that answers who uploads;
 * - the container `sti-build` or `docker-build`: it has the image made and pushed by the node, which it asks over SOCKET_PATH.
 *
 * Both find what they are to build in the variable BUILD and leave a BuildTermination in TERMINATION_LOG.
 */
import { DOCKER_BUILD, GIT_CLONE, STI_BUILD } from '../api/build/build-labels.ts';
import type { GitRevision, StageInfo } from '../api/build/build-types.ts';

/** BUILD_LABEL marks the pods that the node offers a socket to; only the build controller may make such pods (admission). */
export { BUILD_LABEL, DOCKER_BUILD, GIT_CLONE, STI_BUILD } from '../api/build/build-labels.ts';

/** Image of all containers of a build pod. */
export const BUILDER_IMAGE = 'openshift/builder';
/** Whom all containers run as, user and group; the image has an entry for it in /etc/passwd, and the socket is its. */
export const BUILDER_UID = 1001;

/** The commands of the image, by container. */
export const COMMANDS: Readonly<Record<string, string>> = {
  [GIT_CLONE]: 'openshift-git-clone',
  [STI_BUILD]: 'openshift-sti-build',
  [DOCKER_BUILD]: 'openshift-docker-build',
};

/**
 * The Build as JSON, as it was when its pod was made: strategy.*.from and images[].from are of kind DockerImage (with a digest where it
 * is known), output.to too (`REGISTRY/NAMESPACE/NAME:TAG`; absent when nothing is pushed). It holds no secrets: a variable or
 * build argument with `valueFrom` is found in the environment, see envName and argName.
 */
export const BUILD_ENV = 'BUILD';

/** Where the value of `env[index]` of the strategy is found when it has a `valueFrom`. Not set: the reference was optional. */
export const envName = (index: number): string => `BUILD_ENV_${index}`;
/** The same of `buildArgs[index]`. */
export const argName = (index: number): string => `BUILD_ARG_${index}`;

/**
 * The cluster's proxies, in the environment of the build container: for what runs while an image is made, not for the image. Each in capitals and in
 * small letters.
 */
export const PROXY_VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'] as const;

/** What holds for every build of the cluster (OpenShift's build defaults and its additional trusted authorities). Whatever is absent is not told to builds. */
export interface BuildDefaults {
  readonly httpProxy?: string;
  readonly httpsProxy?: string;
  /** What is reached without a proxy. */
  readonly noProxy?: string;
  /** Certificates of authorities, PEM. */
  readonly trustedCa?: string;
}

/** Shared by the containers of the pod and kept by nobody else. */
export const WORK_DIR = '/tmp/build';
/** The source as it was fetched: contextDir is a folder in it. */
export const INPUTS_DIR = `${WORK_DIR}/inputs`;
/** A GitRevision as JSON, left by git-clone for what comes after. */
export const REVISION_FILE = `${WORK_DIR}/revision.json`;

/** Folders of mounted secrets and config maps. Each is there only when the build has one. */
export const MOUNTS = {
  /** Credentials for git, in git-clone only: username, password, token, ssh-privatekey, ca.crt, .gitconfig. */
  source: '/var/run/secrets/openshift.io/source',
  /** `.dockercfg` or `.dockerconfigjson`: whom to push as, in the build container only. */
  push: '/var/run/secrets/openshift.io/push',
  /** The same for pulling the image that the build is from. */
  pull: '/var/run/secrets/openshift.io/pull',
  /** The same for source.images[index]. */
  sourceImage: (index: number): string => `/var/run/secrets/openshift.io/source-image/${index}`,
  /** A secret of source.secrets, whose files go into destinationDir. */
  secret: (name: string): string => `/var/run/secrets/openshift.io/build/${name}`,
  /** Certificates of the authorities that all builds trust, as `ca-bundle.crt`. */
  trustedCa: '/var/run/configs/openshift.io/trusted-ca',
  configMap: (name: string): string => `/var/run/configs/openshift.io/build/${name}`,
} as const;

/** In the build container only: put there by the node, no volume of the pod. Calls are scoped to the BUILD of the pod's spec. */
export const SOCKET_PATH = '/run/openshift/build/engine.sock';

/** terminationMessagePath of the containers. */
export const TERMINATION_LOG = '/dev/termination-log';
/** Bytes: what the node reads of it. Whoever writes more has said nothing. */
export const TERMINATION_LIMIT = 4096;

/** Why a build fails (build/v1 StatusReason). */
export type BuildFailure =
  | 'FetchSourceFailed'
  | 'InvalidContextDirectory'
  | 'ManageDockerfileFailed'
  | 'FetchImageContentFailed'
  | 'PullBuilderImageFailed'
  | 'AssembleFailed'
  | 'DockerBuildFailed'
  | 'PostCommitHookFailed'
  | 'PushImageToRegistryFailed'
  | 'OutOfMemoryKilled'
  | 'GenericBuildFailed';

/** A container's last words, as JSON in TERMINATION_LOG. What is unknown is absent. */
export interface BuildTermination {
  /** Absent: it went well. */
  readonly reason?: BuildFailure;
  /** For people, one line. */
  readonly message?: string;
  /** `sha256:...` of the manifest that was pushed. */
  readonly imageDigest?: string;
  /** What was pushed, by tag. */
  readonly outputReference?: string;
  /** Of git-clone. Its message is cut to its first line. */
  readonly revision?: GitRevision;
  /** FetchInputs, PullImages, Build, PostCommit, PushImage, with their times. */
  readonly stages?: readonly StageInfo[];
  /** The last lines of the log of what failed, for status.logSnippet. */
  readonly logTail?: string;
}

/** Exit codes of the containers. `failed` covers all that a BuildTermination explains. */
export const EXIT = { done: 0, failed: 1 } as const;
