import { absent, asFields, asList, type Fields, type Rule, type Rules } from './rule.ts';

const core = 'io.k8s.api.core.v1.';

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

/** Of what makes pods: apps, batch, autoscaling and the old controller. */
export const workloadDefaults: Rules = {
  [`${core}ReplicationController`]: replicationController,
  'io.k8s.api.apps.v1.DeploymentSpec': deploymentSpec,
  'io.k8s.api.apps.v1.DaemonSetSpec': daemonSetSpec,
  'io.k8s.api.apps.v1.StatefulSetSpec': statefulSetSpec,
  'io.k8s.api.apps.v1.ReplicaSetSpec': absent({ replicas: 1 }),
  'io.k8s.api.batch.v1.Job': job,
  'io.k8s.api.batch.v1.CronJobSpec': absent({
    concurrencyPolicy: 'Allow',
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
  }),
  'io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerSpec': absent({ minReplicas: 1 }),
  'io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler': autoscaler,
  'io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerBehavior': autoscalerBehavior,
};
