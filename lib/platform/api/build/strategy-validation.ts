import type { StatusCause } from '../status-error.ts';
import { forbidden, invalid, oneOf, required } from '../validation/causes.ts';
import { envVarName } from '../validation/names.ts';
import type { BuildStrategy, DockerStrategy, EnvVar, SourceStrategy } from './build-types.ts';
import { validateFrom } from './image-reference-validation.ts';
import { leavesFolder, requireName } from './source-validation.ts';

const EXACTLY_ONE =
  'must provide a value for exactly one of the following: sourceStrategy, dockerStrategy, customStrategy, or jenkinsPipelineStrategy';
const NO_CUSTOM =
  'custom builds are not supported: their image would need the engine of the host; use a Docker or a Source strategy';
const NO_JENKINS =
  'JenkinsPipeline builds are not supported: run Jenkins in the project and let its jobs start Source or Docker builds';

/** How the image is made (openshift-apiserver, build validation.go validateStrategy). */
export function validateStrategy(strategy: BuildStrategy, path: string): StatusCause[] {
  const { dockerStrategy, sourceStrategy, customStrategy, jenkinsPipelineStrategy } = strategy;
  const given = [dockerStrategy, sourceStrategy, customStrategy, jenkinsPipelineStrategy].filter((each) => each !== undefined);
  if (given.length !== 1) return [invalid(path, strategy, EXACTLY_ONE)];
  if (dockerStrategy !== undefined) return validateDocker(dockerStrategy, `${path}.dockerStrategy`);
  if (sourceStrategy !== undefined) return validateSourceStrategy(sourceStrategy, `${path}.sourceStrategy`);
  return customStrategy === undefined
    ? [forbidden(`${path}.jenkinsPipelineStrategy`, NO_JENKINS)]
    : [forbidden(`${path}.customStrategy`, NO_CUSTOM)];
}

function validateDocker(strategy: DockerStrategy, path: string): StatusCause[] {
  const { from, pullSecret, env = [], buildArgs = [], dockerfilePath, imageOptimizationPolicy: policy } = strategy;
  return [
    ...(from === undefined ? [] : validateFrom(from, `${path}.from`)),
    ...requireName(pullSecret, `${path}.pullSecret`),
    ...(dockerfilePath !== undefined && (leavesFolder(dockerfilePath) || dockerfilePath.startsWith('/'))
      ? [invalid(`${path}.dockerfilePath`, dockerfilePath, 'dockerfilePath must be relative and may not leave the context')]
      : []),
    ...validateEnv(env, `${path}.env`),
    ...validateEnv(buildArgs, `${path}.buildArgs`),
    ...(policy === undefined
      ? []
      : oneOf(`${path}.imageOptimizationPolicy`, policy, ['None', 'SkipLayers', 'SkipLayersAndWarn'])),
  ];
}

function validateSourceStrategy({ from, pullSecret, env = [], scripts }: SourceStrategy, path: string): StatusCause[] {
  return [
    ...validateFrom(from, `${path}.from`),
    ...requireName(pullSecret, `${path}.pullSecret`),
    ...(scripts !== undefined && scripts !== '' && !isScriptsUrl(scripts)
      ? [invalid(`${path}.scripts`, scripts, 'must be a URL with http, https or image as its scheme')]
      : []),
    ...validateEnv(env, `${path}.env`),
  ];
}

const isScriptsUrl = (text: string): boolean =>
  URL.canParse(text) && ['http:', 'https:', 'image:'].includes(new URL(text).protocol);

function validateEnv(env: readonly EnvVar[], path: string): StatusCause[] {
  return env.flatMap(({ name = '', value, valueFrom }, i) => {
    const at = `${path}[${i}]`;
    if (name === '') return [required(`${at}.name`)];
    const causes = envVarName(name).map((problem) => invalid(`${at}.name`, name, problem));
    if (value?.includes('\0') === true) causes.push(invalid(`${at}.value`, '', 'must not contain NUL'));
    if (valueFrom === undefined) return causes;
    if (value !== undefined && value !== '')
      causes.push(invalid(`${at}.valueFrom`, '', 'may not be specified when `value` is not empty'));
    const { secretKeyRef, configMapKeyRef } = valueFrom;
    const known = [secretKeyRef, configMapKeyRef].filter((each) => each !== undefined);
    if (known.length !== 1 || Object.keys(valueFrom).length !== 1)
      causes.push(invalid(`${at}.valueFrom`, '', 'must specify one of: `configMapKeyRef` or `secretKeyRef`'));
    for (const each of known) {
      if (!each.name) causes.push(required(`${at}.valueFrom.name`));
      if (!each.key) causes.push(required(`${at}.valueFrom.key`));
    }
    return causes;
  });
}
