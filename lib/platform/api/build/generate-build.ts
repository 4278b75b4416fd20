import type { StrategyContext } from '../strategy.ts';
import { isAlreadyExists, isConflict, newBadRequest, newConflict, OPTIMISTIC_LOCK_TEXT } from '../status-error.ts';
import { BUILD_CONFIG_LABEL, BUILD_CONFIG_LABEL_OLD, BUILD_NUMBER, RUN_POLICY_LABEL } from './build-labels.ts';
import { joinedName, labelOf } from './build-names.ts';
import type {
  Build,
  BuildConfig,
  BuildRequest,
  BuildSource,
  BuildTrigger,
  CommonSpec,
  EnvVar,
  ImageReference,
} from './build-types.ts';
import { requirePull, resolveImage } from './resolve-image.ts';
import { fromOf, withFrom } from './strategy-from.ts';

const CONFIGS = { group: 'build.openshift.io', version: 'v1', resource: 'buildconfigs' };
const BUILDS = { ...CONFIGS, resource: 'builds' };
export const PAUSED = 'openshift.io/build-config.paused';
/** Of the account that builds, unless the config names one. */
const BUILDER = 'builder';
/** Others that take a number at the same time. */
const ATTEMPTS = 32;

type Context = Pick<StrategyContext, 'verbs' | 'access' | 'dryRun'>;

/**
 * The next build of a config: takes a number by compare-and-swap, then makes the build of that number. A stop between the two leaves a
 * number without a build, which nobody misses. Throws a StatusError: 409 when `lastVersion` is no longer the last one, 400 for a
 * config that is paused or an image that is not there (openshift-apiserver, BuildGenerator.Instantiate). `cloned`: what the build is
 * made of, in place of what the config says; no image has been looked at then.
 */
export async function generateBuild(
  context: Context,
  config: BuildConfig,
  request: BuildRequest,
  cloned?: CommonSpec,
): Promise<Build> {
  const { verbs, dryRun } = context;
  const { namespace = '', name = '' } = config.metadata;
  const spec = cloned ?? (await buildSpec(context, config, request));
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const current = await verbs.get<BuildConfig>({ ...CONFIGS, namespace, name });
    if (current.metadata.uid !== config.metadata.uid) break;
    requireStartable(current, request);
    const next = (current.status?.lastVersion ?? 0) + 1;
    const triggers = cloned === undefined ? await seenImages(context, current, request) : undefined;
    const changed = {
      ...current,
      spec: { ...current.spec, ...(triggers === undefined ? {} : { triggers }) },
      status: { lastVersion: next },
    };
    try {
      if (!dryRun) await verbs.update({ ...CONFIGS, namespace, name }, changed);
      const build = buildOf(current, next, spec, request);
      return await verbs.create<Build>({ ...BUILDS, namespace }, build, { dryRun });
    } catch (error) {
      // Somebody was faster, or a build of this number is left over from an earlier config: the next number is free.
      if (dryRun || !(isConflict(error) || isAlreadyExists(error)) || request.lastVersion !== undefined) throw error;
    }
  }
  throw newConflict({ group: CONFIGS.group, resource: CONFIGS.resource }, name, OPTIMISTIC_LOCK_TEXT);
}

function requireStartable({ metadata, status }: BuildConfig, { lastVersion }: BuildRequest): void {
  const { namespace = '', name = '' } = metadata;
  if (metadata.annotations?.[PAUSED]?.toLowerCase() === 'true')
    throw newBadRequest(`can't instantiate from BuildConfig ${namespace}/${name}: BuildConfig is paused`);
  const last = status?.lastVersion ?? 0;
  if (lastVersion !== undefined && lastVersion !== last)
    throw newConflict(
      { group: CONFIGS.group, resource: CONFIGS.resource },
      name,
      `the LastVersion(${lastVersion}) on build config ${namespace}/${name} does not match the build request LastVersion(${last})`,
    );
}

/** The triggers with the images that builds are up to date with from now on; undefined when nothing changes. */
async function seenImages(
  context: Context,
  { spec, metadata }: BuildConfig,
  request: BuildRequest,
): Promise<BuildTrigger[] | undefined> {
  const namespace = metadata.namespace ?? '';
  let changed = false;
  const triggers: BuildTrigger[] = [];
  for (const trigger of spec.triggers ?? []) {
    const { imageChange } = trigger;
    const from = imageChange?.from ?? fromOf(spec.strategy);
    if (trigger.type !== 'ImageChange' || imageChange?.paused === true || from?.kind !== 'ImageStreamTag') {
      triggers.push(trigger);
      continue;
    }
    const account = spec.serviceAccount || BUILDER;
    const triggered = sameReference(from, request.from, namespace) ? request.triggeredByImage?.name : undefined;
    await requirePull(context, from, namespace, account);
    const image = triggered ?? (await resolveImage(context, from, namespace, account));
    changed ||= image !== imageChange?.lastTriggeredImageID;
    triggers.push({
      ...trigger,
      imageChange: { ...imageChange, ...(image === undefined ? {} : { lastTriggeredImageID: image }) },
    });
  }
  return changed ? triggers : undefined;
}

function sameReference(a: ImageReference, b: ImageReference | undefined, namespace: string): boolean {
  const within = (reference: ImageReference): string => reference.namespace || namespace;
  return b !== undefined && a.kind === b.kind && a.name === b.name && within(a) === within(b);
}

/** What the build is made of: the config's, with what the request says otherwise, from images that are known by their digests. */
async function buildSpec(context: Context, { metadata, spec }: BuildConfig, request: BuildRequest): Promise<CommonSpec> {
  const namespace = metadata.namespace ?? '';
  const { triggers: _t, runPolicy: _r, successfulBuildsHistoryLimit: _s, failedBuildsHistoryLimit: _f, ...common } = spec;
  const account = spec.serviceAccount || BUILDER;
  const resolved = async (from: ImageReference): Promise<ImageReference> => ({
    kind: 'DockerImage',
    name: await resolveImage(context, from, namespace, account),
  });
  let strategy = withRequest(structuredClone(spec.strategy), request);
  const from = fromOf(strategy);
  if (from !== undefined) {
    const triggered = sameReference(from, request.from, namespace) ? request.triggeredByImage : undefined;
    strategy = withFrom(strategy, triggered === undefined ? await resolved(from) : { kind: 'DockerImage', name: triggered.name });
  }
  const source = sourceOf(spec.source ?? {}, request);
  const images =
    source.images && (await Promise.all(source.images.map(async (each) => ({ ...each, from: await resolved(each.from) }))));
  const { revision } = request;
  return {
    ...structuredClone(common),
    serviceAccount: account,
    source: { ...source, ...(images === undefined ? {} : { images }) },
    strategy,
    ...(revision === undefined ? {} : { revision }),
  };
}

function sourceOf(source: BuildSource, { binary }: BuildRequest): BuildSource {
  const { binary: _binary, git, dockerfile, type: _type, ...rest } = structuredClone(source);
  const uploadsDockerfile = binary?.asFile === 'Dockerfile';
  const kept = { ...rest, ...(dockerfile === undefined || uploadsDockerfile ? {} : { dockerfile }) };
  // What is uploaded is instead of what is in git; without an upload a binary build has no source of its own.
  return binary === undefined ? { ...kept, ...(git === undefined ? {} : { git }) } : { ...kept, binary };
}

function withRequest(strategy: CommonSpec['strategy'], request: BuildRequest): CommonSpec['strategy'] {
  const { env = [], dockerStrategyOptions: docker, sourceStrategyOptions: source } = request;
  const { dockerStrategy, sourceStrategy } = strategy;
  if (dockerStrategy !== undefined) {
    dockerStrategy.env = merged(dockerStrategy.env, env);
    dockerStrategy.buildArgs = merged(dockerStrategy.buildArgs, docker?.buildArgs ?? []);
    if (docker?.noCache !== undefined) dockerStrategy.noCache = docker.noCache;
  }
  if (sourceStrategy !== undefined) {
    sourceStrategy.env = merged(sourceStrategy.env, env);
    if (source?.incremental !== undefined) sourceStrategy.incremental = source.incremental;
  }
  return strategy;
}

/** Later ones take the place of earlier ones of their name. */
function merged(first: readonly EnvVar[] = [], second: readonly EnvVar[]): EnvVar[] {
  const replaced = first.map((each) => second.find(({ name }) => name === each.name) ?? each);
  return [...replaced, ...second.filter(({ name }) => !first.some((each) => each.name === name))];
}

function buildOf(config: BuildConfig, version: number, spec: CommonSpec, request: BuildRequest): Build {
  const { namespace = '', name = '', uid = '', labels, annotations } = config.metadata;
  return {
    apiVersion: 'build.openshift.io/v1',
    kind: 'Build',
    metadata: {
      name: joinedName(name, String(version)),
      namespace,
      labels: {
        ...labels,
        ...request.metadata?.labels,
        [BUILD_CONFIG_LABEL_OLD]: labelOf(name),
        [BUILD_CONFIG_LABEL]: labelOf(name),
        [RUN_POLICY_LABEL]: config.spec.runPolicy ?? 'Serial',
      },
      annotations: {
        ...inherited(annotations),
        ...request.metadata?.annotations,
        [BUILD_NUMBER]: String(version),
        [BUILD_CONFIG_LABEL]: name,
      },
      ownerReferences: [{ apiVersion: 'build.openshift.io/v1', kind: 'BuildConfig', name, uid, controller: true }],
    },
    spec: { ...spec, triggeredBy: request.triggeredBy ?? [] },
    status: { phase: 'New', config: { kind: 'BuildConfig', namespace, name } },
  };
}

/** What clients keep for themselves in a config's annotations is not the build's. */
const inherited = (annotations: Record<string, string> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(annotations).filter(([key]) => key !== 'kubectl.kubernetes.io/last-applied-configuration'));
