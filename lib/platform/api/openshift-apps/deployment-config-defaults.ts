import type { DeploymentConfig, LifecycleHook } from './deployment-config-types.ts';
import { imageTriggers } from './image-changes.ts';

/** Defaults that depend on other parts of the object (openshift/api apps/v1 defaults.go). The plain ones are the tables'. */
export function defaultConfig({ metadata, spec }: DeploymentConfig): void {
  const config = { metadata, spec } as DeploymentConfig;
  const labels = spec.template?.metadata?.labels;
  if (Object.keys(spec.selector ?? {}).length === 0 && labels !== undefined) spec.selector = { ...labels };
  for (const { from } of imageTriggers(config)) {
    from.kind ||= 'ImageStreamTag';
    if (from.kind === 'ImageStreamTag') from.namespace ||= metadata.namespace ?? '';
  }
  const containers = spec.template?.spec.containers ?? [];
  if (containers.length !== 1) return;
  for (const hook of hooksOf(config)) for (const tag of hook.tagImages ?? []) tag.containerName ||= containers[0]!.name;
}

function hooksOf({ spec: { strategy } }: DeploymentConfig): LifecycleHook[] {
  const { recreateParams: recreate, rollingParams: rolling } = strategy;
  return [recreate?.pre, recreate?.mid, recreate?.post, rolling?.pre, rolling?.post].filter((hook) => hook !== undefined);
}
