import { validateResources } from '../core/pod/resources-validation.ts';
import type { StatusCause } from '../status-error.ts';
import { invalid, notNegative, required } from '../validation/causes.ts';
import { intOrPercentValue, notMoreThan100Percent, validateIntOrPercent } from '../validation/int-or-percent.ts';
import { validateFreeMetadata } from '../validation/object-meta.ts';
import type { CustomParams, DeploymentStrategy, RecreateParams, RollingParams, TemplateSpec } from './deployment-config-types.ts';
import { validateEnv, validateHook } from './hook-validation.ts';

/** Seconds that a deployer pod may have at most, and has when nothing else is said. */
export const MAX_DEPLOYER_SECONDS = 21600;
const UNSUPPORTED = 'unsupported strategy type, use "Custom" instead and specify your own strategy';

/** How a rollout is carried out (openshift-apiserver apps validateDeploymentStrategy). `pod`: the template's. */
export function validateStrategy(strategy: DeploymentStrategy, pod: TemplateSpec | undefined, path: string): StatusCause[] {
  const { type, customParams, recreateParams, rollingParams, activeDeadlineSeconds } = strategy;
  const causes = customParams === undefined ? [] : validateCustom(customParams, `${path}.customParams`);
  if (!['Recreate', 'Rolling', 'Custom'].includes(type ?? '')) causes.push(invalid(`${path}.type`, type ?? '', UNSUPPORTED));
  if (type === 'Custom' && customParams === undefined) causes.push(required(`${path}.customParams`));
  if (type === 'Rolling' && rollingParams === undefined) causes.push(required(`${path}.rollingParams`));
  if (type !== 'Rolling' && recreateParams !== undefined)
    causes.push(...validateRecreate(recreateParams, pod, `${path}.recreateParams`));
  if (type !== 'Recreate' && rollingParams !== undefined)
    causes.push(...validateRolling(rollingParams, pod, `${path}.rollingParams`));
  causes.push(
    ...validateFreeMetadata(
      {
        ...(strategy.labels === undefined ? {} : { labels: strategy.labels }),
        ...(strategy.annotations === undefined ? {} : { annotations: strategy.annotations }),
      },
      path,
    ),
    ...validateResources(strategy.resources, `${path}.resources`),
  );
  if (activeDeadlineSeconds !== undefined && (activeDeadlineSeconds < 1 || activeDeadlineSeconds > MAX_DEPLOYER_SECONDS))
    causes.push(
      invalid(`${path}.activeDeadlineSeconds`, activeDeadlineSeconds, `must be between 1 and ${MAX_DEPLOYER_SECONDS} seconds`),
    );
  return causes;
}

const validateCustom = ({ environment = [], image = '' }: CustomParams, path: string): StatusCause[] => [
  ...(image !== '' && image !== image.trim()
    ? [invalid(`${path}.image`, image, 'must not have leading or trailing whitespace')]
    : []),
  ...validateEnv(environment, `${path}.environment`),
];

const validateRecreate = (
  { timeoutSeconds, pre, mid, post }: RecreateParams,
  pod: TemplateSpec | undefined,
  path: string,
): StatusCause[] => [
  ...positive(`${path}.timeoutSeconds`, timeoutSeconds),
  ...validateHook(pre, pod, `${path}.pre`),
  ...validateHook(mid, pod, `${path}.mid`),
  ...validateHook(post, pod, `${path}.post`),
];

function validateRolling(params: RollingParams, pod: TemplateSpec | undefined, path: string): StatusCause[] {
  const { maxUnavailable, maxSurge } = params;
  const causes = [
    ...positive(`${path}.intervalSeconds`, params.intervalSeconds),
    ...positive(`${path}.updatePeriodSeconds`, params.updatePeriodSeconds),
    ...positive(`${path}.timeoutSeconds`, params.timeoutSeconds),
    ...validateIntOrPercent(maxUnavailable, `${path}.maxUnavailable`),
    ...validateIntOrPercent(maxSurge, `${path}.maxSurge`),
  ];
  if (intOrPercentValue(maxUnavailable) === 0 && intOrPercentValue(maxSurge) === 0)
    causes.push(invalid(`${path}.maxUnavailable`, maxUnavailable, 'cannot be 0 when maxSurge is 0 as well'));
  return [
    ...causes,
    ...notMoreThan100Percent(maxUnavailable, `${path}.maxUnavailable`),
    ...validateHook(params.pre, pod, `${path}.pre`),
    ...validateHook(params.post, pod, `${path}.post`),
  ];
}

const positive = (path: string, value: number | undefined): StatusCause[] =>
  value !== undefined && value < 1 ? [invalid(path, value, 'must be >0')] : [];

/** How long pods may take to come, in seconds; pods that must be ready for longer than that never count. */
export function validateReadySeconds(seconds: number | undefined, strategy: DeploymentStrategy): StatusCause[] {
  const path = 'spec.minReadySeconds';
  const causes = notNegative(path, seconds);
  const timeout = strategy.rollingParams?.timeoutSeconds ?? strategy.recreateParams?.timeoutSeconds ?? 600;
  if ((seconds ?? 0) >= timeout) causes.push(invalid(path, seconds, `must be less than the deployment timeout (${timeout}s)`));
  const deadline = strategy.activeDeadlineSeconds;
  if (deadline !== undefined && deadline > 0 && (seconds ?? 0) >= deadline)
    causes.push(invalid(path, seconds, `must be less than activeDeadlineSeconds (${deadline}s - used by the deployer pod)`));
  return causes;
}
