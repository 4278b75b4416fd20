import type { ActionSubresource } from '../subresources/action-subresource.ts';
import type { StrategyContext } from '../strategy.ts';
import { isNotFound } from '../status-error.ts';
import { BUILD_CONFIG_LABEL, BUILD_NUMBER, BUILD_POD_NAME, CLONED_FROM } from './build-labels.ts';
import { joinedName } from './build-names.ts';
import type { Build, BuildConfig, BuildRequest, CommonSpec, EnvVar } from './build-types.ts';
import { generateBuild } from './generate-build.ts';
import { BUILD_REQUEST } from './instantiate.ts';
import { requireStrategy } from './strategy-access.ts';

const GROUP = { group: 'build.openshift.io', version: 'v1' };

/** The same build once more, from the same source and images (openshift-apiserver, BuildGenerator.Clone). */
export const cloneBuild: ActionSubresource = {
  kind: 'action',
  body: BUILD_REQUEST,
  async run(parent, body, context) {
    const build = parent as Build;
    await requireStrategy(context, 'builds', build);
    return clone(context, build, body as BuildRequest);
  },
};

async function clone(context: StrategyContext, build: Build, request: BuildRequest): Promise<Build> {
  const { namespace = '', name = '' } = build.metadata;
  const config = await configOf(context, build);
  const { triggeredBy: _cause, ...spec } = structuredClone(build.spec);
  const changed = withEnv(withoutUpload(spec), request.env ?? []);
  if (config !== undefined) return generateBuild(context, config, request, changed);
  const { labels = {}, annotations = {} } = build.metadata;
  const { [BUILD_POD_NAME]: _pod, ...kept } = annotations;
  const made: Build = {
    apiVersion: build.apiVersion,
    kind: build.kind,
    metadata: {
      name: joinedName(name, String(Date.parse(context.now) / 1000)),
      namespace,
      labels,
      annotations: { ...kept, [CLONED_FROM]: name },
    },
    spec: { ...changed, triggeredBy: request.triggeredBy ?? [] },
  };
  return context.verbs.create<Build>({ ...GROUP, resource: 'builds', namespace }, made, { dryRun: context.dryRun });
}

/** The config that the build was made of, while it is there. */
async function configOf({ verbs }: StrategyContext, { metadata }: Build): Promise<BuildConfig | undefined> {
  const name = metadata.annotations?.[BUILD_CONFIG_LABEL];
  if (name === undefined || metadata.annotations?.[BUILD_NUMBER] === undefined) return undefined;
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  try {
    const found = await verbs.get<BuildConfig>({ ...GROUP, resource: 'buildconfigs', namespace: metadata.namespace ?? '', name });
    return found.metadata.uid === owner?.uid ? found : undefined;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** What was uploaded is gone. */
function withoutUpload(spec: CommonSpec): CommonSpec {
  const { binary: _binary, type: _type, ...source } = spec.source ?? {};
  return { ...spec, source };
}

function withEnv(spec: CommonSpec, env: readonly EnvVar[]): CommonSpec {
  const strategy = spec.strategy.dockerStrategy ?? spec.strategy.sourceStrategy;
  if (strategy === undefined) return spec;
  const kept = (strategy.env ?? []).filter(({ name }) => !env.some((each) => each.name === name));
  strategy.env = [...kept, ...env];
  return spec;
}
