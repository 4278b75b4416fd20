import type { StatusCause } from '../status-error.ts';
import { duplicate, invalid, notSupported, required } from '../validation/causes.ts';
import { envVarName } from '../validation/names.ts';
import type { EnvVar, LifecycleHook, TagImageHook, TemplateSpec } from './deployment-config-types.ts';

const POLICIES = ['Abort', 'Retry', 'Ignore'];

/** A hook of a strategy (openshift-apiserver apps validateLifecycleHook). `pod`: the template's, whose containers and volumes it may name. */
export function validateHook(hook: LifecycleHook | undefined, pod: TemplateSpec | undefined, path: string): StatusCause[] {
  if (hook === undefined) return [];
  const causes: StatusCause[] = [];
  if (!hook.failurePolicy) causes.push(required(`${path}.failurePolicy`));
  else if (!POLICIES.includes(hook.failurePolicy))
    causes.push(notSupported(`${path}.failurePolicy`, hook.failurePolicy, POLICIES));
  const tags = hook.tagImages ?? [];
  if (hook.execNewPod !== undefined && tags.length > 0)
    causes.push(invalid(path, '<hook>', "only one of 'execNewPod' or 'tagImages' may be specified"));
  else if (hook.execNewPod !== undefined) causes.push(...validateExecNewPod(hook.execNewPod, pod, `${path}.execNewPod`));
  else if (tags.length > 0) causes.push(...tags.flatMap((tag, n) => validateTag(tag, pod, `${path}.tagImages[${n}]`)));
  else causes.push(invalid(path, '<empty>', 'One of execNewPod or tagImages must be specified'));
  return causes;
}

function validateExecNewPod(
  { command, containerName, env = [], volumes = [] }: NonNullable<LifecycleHook['execNewPod']>,
  pod: TemplateSpec | undefined,
  path: string,
): StatusCause[] {
  const causes: StatusCause[] = [];
  if ((command ?? []).length === 0) causes.push(required(`${path}.command`));
  causes.push(...namesContainer(containerName, pod, `${path}.containerName`), ...validateEnv(env, `${path}.env`));
  volumes.forEach((volume, n) => {
    if (volume === '') causes.push(invalid(`${path}.volumes[${n}]`, '', 'must not be empty'));
    else if (volumes.indexOf(volume) < n) causes.push(duplicate(`${path}.volumes[${n}]`, volume));
  });
  return causes;
}

function validateTag({ containerName, to = {} }: TagImageHook, pod: TemplateSpec | undefined, path: string): StatusCause[] {
  const causes = namesContainer(containerName, pod, `${path}.containerName`);
  if (to.kind !== 'ImageStreamTag') causes.push(invalid(`${path}.to.kind`, to.kind ?? '', "Must be 'ImageStreamTag'"));
  if (!to.name) causes.push(required(`${path}.to.name`));
  return causes;
}

function namesContainer(name: string | undefined, pod: TemplateSpec | undefined, path: string): StatusCause[] {
  if (!name) return [required(path)];
  const there = [...(pod?.containers ?? []), ...(pod?.initContainers ?? [])].some((each) => each.name === name);
  return pod === undefined || there ? [] : [invalid(path, name, `no container in the template is named ${JSON.stringify(name)}`)];
}

/** Environment of pods that a rollout starts. */
export const validateEnv = (env: readonly EnvVar[], path: string): StatusCause[] =>
  env.flatMap(({ name = '' }, n) =>
    name === '' ? [required(`${path}[${n}].name`)] : envVarName(name).map((text) => invalid(`${path}[${n}].name`, name, text)),
  );
