import { BUILD_CONFIG_LABEL, BUILD_CONFIG_LABEL_OLD } from '../../api/build/build-labels.ts';
import { buildPodName, labelOf } from '../../api/build/build-names.ts';
import type { Build, BuildSource, EnvVar, ImageReference } from '../../api/build/build-types.ts';
import { withFrom } from '../../api/build/strategy-from.ts';
import type { KubeObject } from '../../api/meta.ts';
import {
  argName,
  BUILD_ENV,
  BUILD_LABEL,
  BUILDER_IMAGE,
  type BuildDefaults,
  BUILDER_UID,
  COMMANDS,
  DOCKER_BUILD,
  envName,
  GIT_CLONE,
  MOUNTS,
  STI_BUILD,
  TERMINATION_LOG,
  WORK_DIR,
} from '../../builds/contract.ts';
import { ownerReference } from '../ownership/claims.ts';
import { proxyVariables, TRUSTED_CA, withGitProxies } from './build-defaults.ts';

/** One variable of a program may be no longer, in bytes (Linux, MAX_ARG_STRLEN). */
const LONGEST_VARIABLE = 120 << 10;

/** What a build's pod is made from beside the build. */
export interface PodInputs {
  /** `REGISTRY/NAMESPACE/NAME:TAG`; undefined when nothing is pushed. */
  readonly output: string | undefined;
  /** The image that the strategy builds from, and those of source.images, by their names in a registry. */
  readonly from: string | undefined;
  readonly images: readonly string[];
  readonly pushSecret: string | undefined;
  readonly pullSecret: string | undefined;
  /** Of each of source.images. */
  readonly imageSecrets: readonly (string | undefined)[];
}

interface Mounted {
  readonly volume: { readonly name: string; readonly [source: string]: unknown };
  readonly mount: object;
}

/** Pure. The pod of a build (builds/contract.ts), with what holds for all builds. Throws a RangeError for a build that no program could be told of. */
export function podOf(asked: Build, inputs: PodInputs, defaults: BuildDefaults = {}): KubeObject {
  const build = withGitProxies(asked, defaults);
  const { source = {}, strategy, serviceAccount, nodeSelector, completionDeadlineSeconds: deadline } = build.spec;
  const fetches = source.git !== undefined || source.binary !== undefined;
  const trusted = defaults.trustedCa === undefined ? [] : [configMapAt('trusted-ca', TRUSTED_CA.name, MOUNTS.trustedCa)];
  const fetching = [...sourceSecret(source), ...trusted];
  const building = [...credentials(inputs), ...contents(source), ...trusted];
  const volumes = new Map([...fetching, ...building].map(({ volume }) => [volume.name, volume]));
  const name = strategy.dockerStrategy === undefined ? STI_BUILD : DOCKER_BUILD;
  const upload = source.binary === undefined ? {} : { stdin: true, stdinOnce: true };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: buildPodName(build.metadata.name!),
      namespace: build.metadata.namespace!,
      labels: { ...ownLabels(build), [BUILD_LABEL]: labelOf(build.metadata.name!) },
      annotations: { [BUILD_LABEL]: build.metadata.name! },
      ownerReferences: [ownerReference(build)],
    },
    spec: {
      serviceAccountName: serviceAccount ?? 'builder',
      // The builder asks the node, not the API.
      automountServiceAccountToken: false,
      restartPolicy: 'Never',
      ...(nodeSelector === undefined || nodeSelector === null ? {} : { nodeSelector }),
      ...(deadline === undefined ? {} : { activeDeadlineSeconds: deadline }),
      securityContext: {
        runAsNonRoot: true,
        runAsUser: BUILDER_UID,
        runAsGroup: BUILDER_UID,
        fsGroup: BUILDER_UID,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      volumes: [{ name: 'work', emptyDir: {} }, ...volumes.values()],
      ...(fetches ? { initContainers: [{ ...container(GIT_CLONE, build, inputs, fetching), ...upload }] } : {}),
      containers: [
        {
          ...container(name, build, inputs, building),
          env: [...buildVariable(build, inputs), ...references(build), ...proxyVariables(defaults)],
          ...(build.spec.resources === undefined ? {} : { resources: build.spec.resources }),
        },
      ],
    },
  };
}

function container(name: string, build: Build, inputs: PodInputs, mounted: readonly Mounted[]): object {
  return {
    name,
    image: BUILDER_IMAGE,
    imagePullPolicy: 'IfNotPresent',
    command: [COMMANDS[name]!],
    env: buildVariable(build, inputs),
    volumeMounts: [{ name: 'work', mountPath: WORK_DIR }, ...mounted.map(({ mount }) => mount)],
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    terminationMessagePath: TERMINATION_LOG,
    terminationMessagePolicy: 'FallbackToLogsOnError',
  };
}

/** The build as its containers are told of it: what it is to make, without what others noted on it. */
function buildVariable(build: Build, { output, from, images }: PodInputs): EnvVar[] {
  const { source = {}, strategy } = build.spec;
  const byName = (name: string): ImageReference => ({ kind: 'DockerImage', name });
  const { name, namespace, uid, labels, annotations } = build.metadata;
  const { to: _to, ...rest } = build.spec.output ?? {};
  const told = {
    apiVersion: build.apiVersion,
    kind: build.kind,
    metadata: { name, namespace, uid, labels, annotations },
    spec: {
      ...build.spec,
      source:
        source.images === undefined
          ? source
          : { ...source, images: source.images.map((each, i) => ({ ...each, from: byName(images[i]!) })) },
      strategy: from === undefined ? strategy : withFrom(strategy, byName(from)),
      output: output === undefined ? rest : { ...rest, to: byName(output) },
    },
  };
  const value = JSON.stringify(told);
  if (Buffer.byteLength(value) > LONGEST_VARIABLE)
    throw new RangeError(`the build is too large for its pod: ${Buffer.byteLength(value)} bytes of at most ${LONGEST_VARIABLE}`);
  // Kubernetes would put other variables in place of `$(NAME)`; to readers of JSON this is the same.
  return [{ name: BUILD_ENV, value: value.replaceAll('$', '\\u0024') }];
}

/** Variables whose values the kubelet looks up, so that they stand in no object. */
function references({ spec: { strategy } }: Build): EnvVar[] {
  const { dockerStrategy, sourceStrategy } = strategy;
  const from = (list: readonly EnvVar[] = [], name: (index: number) => string): EnvVar[] =>
    list.flatMap(({ valueFrom }, i) => (valueFrom === undefined ? [] : [{ name: name(i), valueFrom }]));
  return [...from((dockerStrategy ?? sourceStrategy)?.env, envName), ...from(dockerStrategy?.buildArgs, argName)];
}

const secretAt = (volume: string, secretName: string, mountPath: string): Mounted => ({
  volume: { name: volume, secret: { secretName } },
  mount: { name: volume, mountPath, readOnly: true },
});

const configMapAt = (volume: string, name: string, mountPath: string): Mounted => ({
  volume: { name: volume, configMap: { name } },
  mount: { name: volume, mountPath, readOnly: true },
});

const sourceSecret = ({ sourceSecret: secret }: BuildSource): Mounted[] =>
  secret === undefined ? [] : [secretAt('source', secret.name, MOUNTS.source)];

function credentials({ pushSecret, pullSecret, imageSecrets }: PodInputs): Mounted[] {
  return [
    ...(pushSecret === undefined ? [] : [secretAt('push', pushSecret, MOUNTS.push)]),
    ...(pullSecret === undefined ? [] : [secretAt('pull', pullSecret, MOUNTS.pull)]),
    ...imageSecrets.flatMap((secret, i) => (secret === undefined ? [] : [secretAt(`image-${i}`, secret, MOUNTS.sourceImage(i))])),
  ];
}

/** Secrets and config maps whose files are a part of the source. One may go to several places. */
function contents({ secrets = [], configMaps = [] }: BuildSource): Mounted[] {
  const secretNames = [...new Set(secrets.map(({ secret }) => secret.name))];
  const mapNames = [...new Set(configMaps.map(({ configMap }) => configMap.name))];
  return [
    ...secretNames.map((name, i) => secretAt(`secret-${i}`, name, MOUNTS.secret(name))),
    ...mapNames.map((name, i) => configMapAt(`config-${i}`, name, MOUNTS.configMap(name))),
  ];
}

/** What selectors of builds go by; other labels of a build may be what a service selects. */
function ownLabels({ metadata: { labels = {} } }: Build): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels).filter(
      ([key]) => key === BUILD_CONFIG_LABEL || key === BUILD_CONFIG_LABEL_OLD || key.startsWith('openshift.io/build.'),
    ),
  );
}
