/** Labels and annotations of builds and their pods (openshift/api, build/v1 consts.go). */

/** On builds and their pods: the build's name. Only the build controller may make pods with it (apiserver/admission/build-pods.ts). */
export const BUILD_LABEL = 'openshift.io/build.name';
/** On builds: the config's name. The short one is what was used first; clients look for either. */
export const BUILD_CONFIG_LABEL = 'openshift.io/build-config.name';
export const BUILD_CONFIG_LABEL_OLD = 'buildconfig';
export const RUN_POLICY_LABEL = 'openshift.io/build.start-policy';
/** Annotations of builds. */
export const BUILD_NUMBER = 'openshift.io/build.number';
export const BUILD_POD_NAME = 'openshift.io/build.pod-name';
export const CLONED_FROM = 'openshift.io/build.clone-of';

/** Containers of a build's pod. `git-clone` fetches the source, or takes it from its standard input. */
export const GIT_CLONE = 'git-clone';
export const STI_BUILD = 'sti-build';
export const DOCKER_BUILD = 'docker-build';
