import { absent, all, asFields, zeroOrAbsent, type Rule, type Rules } from './rule.ts';

/** OpenShift's (openshift/api apps/v1 defaults.go). Without triggers a change of the template is one; `[]` is none. */
const deploymentConfigSpec: Rule = (object) => {
  object.triggers ??= [{ type: 'ConfigChange' }];
  object.revisionHistoryLimit ??= 10;
};

const ROLLOUT_TIMES = { updatePeriodSeconds: 1, intervalSeconds: 1, timeoutSeconds: 600 };
const rollingParams = absent({ ...ROLLOUT_TIMES, maxUnavailable: '25%', maxSurge: '25%' });
const recreateParams = absent({ timeoutSeconds: 600 });

const rolloutStrategy: Rule = (object) => {
  object.type ??= 'Rolling';
  if (object.type === 'Rolling') rollingParams(asFields((object.rollingParams ??= {})));
  if (object.type === 'Recreate') recreateParams(asFields((object.recreateParams ??= {})));
  object.activeDeadlineSeconds ??= 21600;
};

/** Who names the authority behind it means to encrypt again. (openshift/api route/v1 defaults.go) */
const routeTls: Rule = (object) => {
  if ((object.termination ?? '') === '' && (object.destinationCACertificate ?? '') === '') object.termination = 'edge';
};

const openshiftImage = 'com.github.openshift.api.image.v1.';
const openshiftRoute = 'com.github.openshift.api.route.v1.';
const openshiftApps = 'com.github.openshift.api.apps.v1.';

/** OpenShift's own (openshift/api, defaults.go of each group). */
export const openshiftDefaults: Rules = {
  [`${openshiftApps}DeploymentConfigSpec`]: deploymentConfigSpec,
  [`${openshiftApps}DeploymentStrategy`]: rolloutStrategy,
  [`${openshiftApps}RollingDeploymentStrategyParams`]: rollingParams,
  [`${openshiftApps}RecreateDeploymentStrategyParams`]: recreateParams,
  [`${openshiftImage}ImageStreamSpec`]: absent({ lookupPolicy: { local: false } }),
  [`${openshiftImage}TagReferencePolicy`]: zeroOrAbsent({ type: 'Source' }),
  [`${openshiftImage}TagReference`]: absent({ importPolicy: {}, referencePolicy: { type: 'Source' } }),
  [`${openshiftImage}ImageImportSpec`]: absent({ importPolicy: {}, referencePolicy: { type: 'Source' } }),
  [`${openshiftImage}RepositoryImportSpec`]: absent({ importPolicy: {}, referencePolicy: { type: 'Source' } }),
  [`${openshiftRoute}RouteSpec`]: zeroOrAbsent({ wildcardPolicy: 'None' }),
  [`${openshiftRoute}RouteTargetReference`]: all(zeroOrAbsent({ kind: 'Service' }), absent({ weight: 100 })),
  [`${openshiftRoute}TLSConfig`]: routeTls,
  [`${openshiftRoute}RouteIngress`]: zeroOrAbsent({ wildcardPolicy: 'None' }),
};
