/**
 * Kubernetes' SetDefaults functions as data: they are code there, so the Go types do not tell them. `+default` markers
 * of the tables have been applied before. Keys are OpenAPI names. Sources: pkg/apis/<group>/v1/defaults.go.
 */
type Fields = Record<string, unknown>;
type Rule = (object: Fields) => void;

const core = 'io.k8s.api.core.v1.';

/** Sets each absent field to a copy of its value. */
const absent =
  (values: Fields): Rule =>
  (object) => {
    for (const key in values) if (object[key] === undefined) object[key] = structuredClone(values[key]);
  };

/** Sets numbers that are absent or zero, where Go has no pointer to tell the two apart. */
const zeroOrAbsent =
  (values: Fields): Rule =>
  (object) => {
    for (const key in values) if (object[key] === undefined || object[key] === 0 || object[key] === '') object[key] = values[key];
  };

const all =
  (...rules: readonly Rule[]): Rule =>
  (object) => {
    for (const rule of rules) rule(object);
  };

const asFields = (value: unknown): Fields => (value ?? {}) as Fields;
const asList = (value: unknown): Fields[] => (value ?? []) as Fields[];

/** `latest` and no tag mean that the image may have changed. A digest never does. */
export function defaultImagePullPolicy(image: string): 'Always' | 'IfNotPresent' {
  if (image.includes('@')) return 'IfNotPresent';
  const tag = /:([^/:]+)$/.exec(image)?.[1] ?? 'latest';
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}

const container: Rule = (object) => {
  if (object.imagePullPolicy === undefined) object.imagePullPolicy = defaultImagePullPolicy(String(object.image ?? ''));
  object.terminationMessagePath ??= '/dev/termination-log';
  object.terminationMessagePolicy ??= 'File';
};

/** A pod's own rules: templates do not get these. */
const pod: Rule = (object) => {
  const spec = asFields(object.spec);
  spec.enableServiceLinks ??= true;
  for (const list of [spec.containers, spec.initContainers])
    for (const each of asList(list)) {
      requestsFromLimits(asFields(each.resources));
      if (spec.hostNetwork === true) for (const port of asList(each.ports)) port.hostPort ??= port.containerPort;
    }
};

function requestsFromLimits(resources: Fields): void {
  if (resources.limits === undefined) return;
  const limits = asFields(resources.limits);
  const requests = asFields((resources.requests ??= {}));
  for (const name of Object.keys(limits)) if (!Object.hasOwn(requests, name)) requests[name] = limits[name];
}

const podSpec = absent({
  dnsPolicy: 'ClusterFirst',
  restartPolicy: 'Always',
  securityContext: {},
  terminationGracePeriodSeconds: 30,
  schedulerName: 'default-scheduler',
});

const VOLUME_META = new Set(['name']);
const volume: Rule = (object) => {
  if (Object.keys(object).every((key) => VOLUME_META.has(key))) object.emptyDir = {};
};

const serviceSpec: Rule = (object) => {
  object.sessionAffinity ??= 'None';
  if (object.sessionAffinity === 'None') delete object.sessionAffinityConfig;
  else if (object.sessionAffinity === 'ClientIP') object.sessionAffinityConfig ??= { clientIP: { timeoutSeconds: 10800 } };
  object.type ??= 'ClusterIP';
  for (const port of asList(object.ports))
    if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '') port.targetPort = port.port;
  const external = object.type === 'NodePort' || object.type === 'LoadBalancer';
  if (external) object.externalTrafficPolicy ??= 'Cluster';
  if (object.type !== 'ExternalName') object.internalTrafficPolicy ??= 'Cluster';
  if (object.type === 'LoadBalancer') object.allocateLoadBalancerNodePorts ??= true;
};

/** Labels and selector of the old controllers come from their template. */
const replicationController: Rule = (object) => {
  const spec = asFields(object.spec);
  const labels = asFields(asFields(spec.template).metadata).labels as Fields | undefined;
  if (labels !== undefined) {
    spec.selector ??= structuredClone(labels);
    const metadata = asFields((object.metadata ??= {}));
    metadata.labels ??= structuredClone(labels);
  }
  spec.replicas ??= 1;
};

const namespace: Rule = (object) => {
  const metadata = asFields((object.metadata ??= {}));
  if (typeof metadata.name !== 'string' || metadata.name === '') return;
  asFields((metadata.labels ??= {}))['kubernetes.io/metadata.name'] = metadata.name;
};

const nodeStatus: Rule = (object) => {
  if (object.capacity !== undefined) object.allocatable ??= structuredClone(object.capacity);
};

/** Claims of templates too: their state shows in a stateful set. */
const claim: Rule = (object) => {
  asFields((object.status ??= {})).phase ??= 'Pending';
};

const volumePhase: Rule = claim;

const deploymentSpec: Rule = (object) => {
  object.replicas ??= 1;
  const strategy = asFields((object.strategy ??= {}));
  strategy.type ??= 'RollingUpdate';
  if (strategy.type === 'RollingUpdate') {
    const rolling = asFields((strategy.rollingUpdate ??= {}));
    rolling.maxUnavailable ??= '25%';
    rolling.maxSurge ??= '25%';
  }
  object.revisionHistoryLimit ??= 10;
  object.progressDeadlineSeconds ??= 600;
};

const daemonSetSpec: Rule = (object) => {
  const strategy = asFields((object.updateStrategy ??= {}));
  strategy.type ??= 'RollingUpdate';
  if (strategy.type === 'RollingUpdate') {
    const rolling = asFields((strategy.rollingUpdate ??= {}));
    rolling.maxUnavailable ??= 1;
    rolling.maxSurge ??= 0;
  }
  object.revisionHistoryLimit ??= 10;
};

const statefulSetSpec: Rule = (object) => {
  object.podManagementPolicy ??= 'OrderedReady';
  const strategy = asFields((object.updateStrategy ??= {}));
  strategy.type ??= 'RollingUpdate';
  if (strategy.type === 'RollingUpdate') asFields((strategy.rollingUpdate ??= {})).partition ??= 0;
  const retention = asFields((object.persistentVolumeClaimRetentionPolicy ??= {}));
  retention.whenDeleted ??= 'Retain';
  retention.whenScaled ??= 'Retain';
  object.replicas ??= 1;
  object.revisionHistoryLimit ??= 10;
};

const job: Rule = (object) => {
  const spec = asFields(object.spec);
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : 2147483647;
  const labels = asFields(asFields(spec.template).metadata).labels as Fields | undefined;
  const metadata = asFields((object.metadata ??= {}));
  if (labels !== undefined) metadata.labels ??= structuredClone(labels);
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  spec.podReplacementPolicy ??= spec.podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed';
  spec.manualSelector ??= false;
};

/** Nobody who asks for an autoscaler wants none. */
const autoscaler: Rule = (object) => {
  const spec = asFields(object.spec);
  spec.minReplicas ??= 1;
  if (asList(spec.metrics).length === 0)
    spec.metrics = [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }];
};

const EVERY_15_SECONDS = { periodSeconds: 15 };
const scalingRules = (rules: unknown, more: Fields): Fields => ({
  ...more,
  selectPolicy: 'Max',
  ...asFields(rules),
  ...(asList(asFields(rules).policies).length > 0 ? {} : { policies: structuredClone(more.policies) }),
});

/** Both directions have rules as soon as one has. */
const autoscalerBehavior: Rule = (object) => {
  object.scaleUp = scalingRules(object.scaleUp, {
    stabilizationWindowSeconds: 0,
    policies: [
      { type: 'Pods', value: 4, ...EVERY_15_SECONDS },
      { type: 'Percent', value: 100, ...EVERY_15_SECONDS },
    ],
  });
  object.scaleDown = scalingRules(object.scaleDown, { policies: [{ type: 'Percent', value: 100, ...EVERY_15_SECONDS }] });
};

const rbacSubject: Rule = (object) => {
  if (object.apiGroup === undefined && (object.kind === 'User' || object.kind === 'Group'))
    object.apiGroup = 'rbac.authorization.k8s.io';
};

const networkPolicySpec: Rule = (object) => {
  object.policyTypes ??= asList(object.egress).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
};

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

const mode420 = absent({ defaultMode: 420 });
const rbacRef = zeroOrAbsent({ apiGroup: 'rbac.authorization.k8s.io' });
const webhook: Rule = absent({
  failurePolicy: 'Fail',
  matchPolicy: 'Equivalent',
  namespaceSelector: {},
  objectSelector: {},
  timeoutSeconds: 10,
});

const openshiftImage = 'com.github.openshift.api.image.v1.';
const openshiftRoute = 'com.github.openshift.api.route.v1.';
const openshiftApps = 'com.github.openshift.api.apps.v1.';
const level = 'io.k8s.api.flowcontrol.v1.';

export const defaultRules: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  [`${core}Pod`, pod],
  [`${core}PodSpec`, podSpec],
  [`${core}Container`, container],
  [`${core}EphemeralContainerCommon`, container],
  [`${core}EphemeralContainer`, container],
  [`${core}Probe`, zeroOrAbsent({ timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 })],
  [`${core}HTTPGetAction`, zeroOrAbsent({ path: '/', scheme: 'HTTP' })],
  [`${core}GRPCAction`, absent({ service: '' })],
  [`${core}ObjectFieldSelector`, zeroOrAbsent({ apiVersion: 'v1' })],
  [`${core}Volume`, volume],
  [`${core}SecretVolumeSource`, mode420],
  [`${core}ConfigMapVolumeSource`, mode420],
  [`${core}DownwardAPIVolumeSource`, mode420],
  [`${core}ProjectedVolumeSource`, mode420],
  [`${core}ServiceAccountTokenProjection`, absent({ expirationSeconds: 3600 })],
  [`${core}HostPathVolumeSource`, absent({ type: '' })],
  [`${core}EndpointPort`, absent({ protocol: 'TCP' })],
  [`${core}ServiceSpec`, serviceSpec],
  [`${core}ReplicationController`, replicationController],
  [`${core}Namespace`, namespace],
  [`${core}Secret`, absent({ type: 'Opaque' })],
  [`${core}PersistentVolumeClaim`, claim],
  [`${core}PersistentVolume`, volumePhase],
  [`${core}PersistentVolumeClaimSpec`, absent({ volumeMode: 'Filesystem' })],
  [`${core}PersistentVolumeSpec`, absent({ persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' })],
  [`${core}NodeStatus`, nodeStatus],
  ['io.k8s.api.authentication.v1.TokenRequestSpec', absent({ expirationSeconds: 3600 })],
  ['io.k8s.api.apps.v1.DeploymentSpec', deploymentSpec],
  ['io.k8s.api.apps.v1.DaemonSetSpec', daemonSetSpec],
  ['io.k8s.api.apps.v1.StatefulSetSpec', statefulSetSpec],
  ['io.k8s.api.apps.v1.ReplicaSetSpec', absent({ replicas: 1 })],
  [`${openshiftApps}DeploymentConfigSpec`, deploymentConfigSpec],
  [`${openshiftApps}DeploymentStrategy`, rolloutStrategy],
  [`${openshiftApps}RollingDeploymentStrategyParams`, rollingParams],
  [`${openshiftApps}RecreateDeploymentStrategyParams`, recreateParams],
  [`${openshiftImage}ImageStreamSpec`, absent({ lookupPolicy: { local: false } })],
  [`${openshiftImage}TagReferencePolicy`, zeroOrAbsent({ type: 'Source' })],
  [`${openshiftImage}TagReference`, absent({ importPolicy: {}, referencePolicy: { type: 'Source' } })],
  [`${openshiftImage}ImageImportSpec`, absent({ importPolicy: {}, referencePolicy: { type: 'Source' } })],
  [`${openshiftImage}RepositoryImportSpec`, absent({ importPolicy: {}, referencePolicy: { type: 'Source' } })],
  [`${openshiftRoute}RouteSpec`, zeroOrAbsent({ wildcardPolicy: 'None' })],
  [`${openshiftRoute}RouteTargetReference`, all(zeroOrAbsent({ kind: 'Service' }), absent({ weight: 100 }))],
  [`${openshiftRoute}TLSConfig`, routeTls],
  [`${openshiftRoute}RouteIngress`, zeroOrAbsent({ wildcardPolicy: 'None' })],
  ['io.k8s.api.batch.v1.Job', job],
  [
    'io.k8s.api.batch.v1.CronJobSpec',
    absent({ concurrencyPolicy: 'Allow', suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 }),
  ],
  ['io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerSpec', absent({ minReplicas: 1 })],
  ['io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler', autoscaler],
  ['io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerBehavior', autoscalerBehavior],
  ['io.k8s.api.networking.v1.NetworkPolicySpec', networkPolicySpec],
  ['io.k8s.api.networking.v1.NetworkPolicyPort', absent({ protocol: 'TCP' })],
  ['io.k8s.api.discovery.v1.EndpointPort', absent({ name: '', protocol: 'TCP' })],
  ['io.k8s.api.rbac.v1.RoleRef', rbacRef],
  ['io.k8s.api.rbac.v1.Subject', rbacSubject],
  ['io.k8s.api.storage.v1.StorageClass', absent({ reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' })],
  [
    'io.k8s.api.storage.v1.CSIDriverSpec',
    absent({
      attachRequired: true,
      podInfoOnMount: false,
      storageCapacity: false,
      fsGroupPolicy: 'ReadWriteOnceWithFSType',
      volumeLifecycleModes: ['Persistent'],
      requiresRepublish: false,
      seLinuxMount: false,
    }),
  ],
  ['io.k8s.api.admissionregistration.v1.ValidatingWebhook', webhook],
  ['io.k8s.api.admissionregistration.v1.MutatingWebhook', all(webhook, absent({ reinvocationPolicy: 'Never' }))],
  ['io.k8s.api.admissionregistration.v1.ServiceReference', absent({ port: 443 })],
  ['io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.ServiceReference', absent({ port: 443 })],
  ['io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.ServiceReference', absent({ port: 443 })],
  ['io.k8s.api.admissionregistration.v1.Rule', absent({ scope: '*' })],
  ['io.k8s.api.admissionregistration.v1.RuleWithOperations', absent({ scope: '*' })],
  [`${level}FlowSchemaSpec`, zeroOrAbsent({ matchingPrecedence: 1000 })],
  [`${level}ExemptPriorityLevelConfiguration`, absent({ nominalConcurrencyShares: 0, lendablePercent: 0 })],
  [`${level}LimitedPriorityLevelConfiguration`, absent({ nominalConcurrencyShares: 30, lendablePercent: 0 })],
  [`${level}QueuingConfiguration`, zeroOrAbsent({ queues: 64, handSize: 8, queueLengthLimit: 50 })],
  ['io.k8s.api.scheduling.v1.PriorityClass', absent({ preemptionPolicy: 'PreemptLowerPriority' })],
]);
