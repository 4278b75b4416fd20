import type { BuildConfig, BuildSource, BuildStrategy, CommonSpec } from './build-types.ts';

/** How many ended builds of each sort a config keeps unless it says otherwise. */
const HISTORY = 5;

/** What a source that does not say so is: the first of these that it has. */
function sourceType({ git, images, binary, dockerfile }: BuildSource): string {
  if (git !== undefined) return 'Git';
  if (binary !== undefined) return 'Binary';
  if (dockerfile !== undefined) return 'Dockerfile';
  return images === undefined || images.length === 0 ? 'None' : 'Image';
}

function strategyType(strategy: BuildStrategy): string | undefined {
  if (strategy.dockerStrategy !== undefined) return 'Docker';
  if (strategy.sourceStrategy !== undefined) return 'Source';
  if (strategy.customStrategy !== undefined) return 'Custom';
  return strategy.jenkinsPipelineStrategy === undefined ? undefined : 'JenkinsPipeline';
}

/** What builds and build configs have in common (openshift-apiserver, build/apis/build/v1 defaults.go and conversion.go). */
export function defaultCommonSpec(spec: CommonSpec): void {
  const source = (spec.source ??= {});
  const strategy = (spec.strategy ??= {});
  if (source.type === 'Binary') source.binary ??= {};
  // A type that the source is not is no type of it.
  source.type = sourceType(source);
  if (strategy.type === 'Docker' && strategyType(strategy) === undefined) strategy.dockerStrategy = {};
  const type = strategyType(strategy);
  if (type !== undefined) strategy.type = type;
  const { from } = strategy.dockerStrategy ?? strategy.sourceStrategy ?? {};
  if (from !== undefined && !from.kind) from.kind = 'ImageStreamTag';
  for (const image of source.images ?? []) if (image.from !== undefined && !image.from.kind) image.from.kind = 'ImageStreamTag';
  if (spec.output?.to !== undefined && !spec.output.to.kind) spec.output.to.kind = 'ImageStreamTag';
}

/** OpenShift's defaults (openshift-apiserver, apis/build/v1/defaults.go). */
export function defaultBuildConfig({ spec }: BuildConfig): void {
  defaultCommonSpec(spec);
  spec.runPolicy ??= 'Serial';
  spec.successfulBuildsHistoryLimit ??= HISTORY;
  spec.failedBuildsHistoryLimit ??= HISTORY;
  for (const trigger of spec.triggers ?? []) if (trigger.type === 'ImageChange') trigger.imageChange ??= {};
}
