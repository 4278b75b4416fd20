import { ageColumn, column, countColumn, nameColumn, wideColumn } from '../columns.ts';
import { validatePodTemplate } from '../core/pod/pod-validation.ts';
import { templateColumns } from '../core/pod/template-columns.ts';
import { replicaScale } from '../subresources/replica-scale.ts';
import { defineResource } from '../define-resource.ts';
import { applyDefaults } from '../schema/apply-defaults.ts';
import { labelSetMatcher, labelSetText } from '../selectors/label-selector.ts';
import type { StatusCause } from '../status-error.ts';
import { forbidden, invalid, notNegative, notSupported, required } from '../validation/causes.ts';
import { notNegativeCounts } from '../apps/workload-validation.ts';
import type { DeploymentConfig, DeploymentConfigStatus, TemplateSpec } from './deployment-config-types.ts';
import { defaultConfig } from './deployment-config-defaults.ts';
import { deploymentLog } from './deployment-log.ts';
import { imageTriggers } from './image-changes.ts';
import { instantiate } from './instantiate.ts';
import { rollback } from './rollback.ts';
import { validateReadySeconds, validateStrategy } from './strategy-validation.ts';
import { validateTriggers } from './trigger-validation.ts';
import { triggersText } from './triggers-text.ts';

const SCHEMA = 'com.github.openshift.api.apps.v1.';

/** openshift-apiserver pkg/apps/apis/apps/validation ValidateDeploymentConfig. */
function validate({ spec }: DeploymentConfig): StatusCause[] {
  const pod = spec.template?.spec;
  return [
    ...validateTriggers(spec.triggers ?? [], pod, 'spec.triggers'),
    ...validateStrategy(spec.strategy, pod, 'spec.strategy'),
    ...notNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit),
    ...validateReadySeconds(spec.minReadySeconds, spec.strategy),
    ...validateTemplate({ spec } as DeploymentConfig),
    ...notNegative('spec.replicas', spec.replicas),
    ...(Object.keys(spec.selector ?? {}).length === 0
      ? [invalid('spec.selector', spec.selector ?? {}, 'selector cannot be empty')]
      : []),
  ];
}

function validateTemplate(config: DeploymentConfig): StatusCause[] {
  const { template, selector = {} } = config.spec;
  if (template === undefined) return [required('spec.template')];
  const causes: StatusCause[] = [];
  const labels = template.metadata?.labels;
  if (Object.keys(selector).length > 0 && !labelSetMatcher(selector)(labels))
    causes.push(invalid('spec.template.metadata.labels', labels ?? {}, '`selector` does not match template `labels`'));
  // What a trigger fills in may be blank until then.
  const filled = new Set(imageTriggers(config).flatMap(({ containerNames = [] }) => containerNames));
  causes.push(...validatePodTemplate({ ...template, spec: withImages(template.spec, filled) } as never, 'spec.template'));
  const { restartPolicy, activeDeadlineSeconds } = template.spec;
  if (restartPolicy !== 'Always') causes.push(notSupported('spec.template.spec.restartPolicy', restartPolicy, ['Always']));
  if (activeDeadlineSeconds !== undefined)
    causes.push(
      forbidden('spec.template.spec.activeDeadlineSeconds', 'activeDeadlineSeconds in ReplicationController is not Supported'),
    );
  return causes;
}

function withImages(spec: TemplateSpec, names: ReadonlySet<string>): TemplateSpec {
  const filled = (list: TemplateSpec['containers']): TemplateSpec['containers'] =>
    list.map((each) => (each.image?.trim() || !names.has(each.name) ? each : { ...each, image: 'unset' }));
  const { containers, initContainers } = spec as Partial<TemplateSpec>;
  return {
    ...spec,
    // Protobuf may leave them out, JSON may not.
    ...(containers === undefined ? {} : { containers: filled(containers) }),
    ...(initContainers === undefined ? {} : { initContainers: filled(initContainers) }),
  } as TemplateSpec;
}

const COUNTS = [
  'latestVersion',
  'observedGeneration',
  'replicas',
  'updatedReplicas',
  'readyReplicas',
  'availableReplicas',
  'unavailableReplicas',
];

function validateStatusUpdate({ status }: DeploymentConfig, old: DeploymentConfig): StatusCause[] {
  const next = (status ?? {}) as Partial<DeploymentConfigStatus>;
  const [now, before] = [next.latestVersion ?? 0, old.status?.latestVersion ?? 0];
  const causes = notNegativeCounts(next as Record<string, unknown>, COUNTS);
  if (now < before)
    causes.push(invalid('status.latestVersion', now, `latestVersion cannot be decremented from ${before} to ${now}`));
  else if (now > before + 1) causes.push(invalid('status.latestVersion', now, 'latestVersion can only be incremented by 1'));
  return causes;
}

const emptyStatus = (): DeploymentConfigStatus => {
  const status = {} as DeploymentConfigStatus;
  applyDefaults(status, `${SCHEMA}DeploymentConfigStatus`);
  return status;
};

/** Pods by way of a replication controller for each version, brought about by a deployer pod when a trigger says so. */
export const deploymentConfig = defineResource<DeploymentConfig>({
  group: 'apps.openshift.io',
  version: 'v1',
  kind: 'DeploymentConfig',
  plural: 'deploymentconfigs',
  shortNames: ['dc'],
  categories: ['all'],
  namespaced: true,
  schema: `${SCHEMA}DeploymentConfig`,
  strategy: {
    defaults: defaultConfig,
    prepareForCreate: (object) => {
      object.status = emptyStatus();
      for (const params of imageTriggers(object)) delete params.lastTriggeredImage;
    },
    validate,
  },
  status: {
    prepareForUpdate: (object, old) => {
      object.spec = old.spec;
      if (old.metadata.labels === undefined) delete object.metadata.labels;
      else object.metadata.labels = { ...old.metadata.labels };
    },
    validateUpdate: validateStatusUpdate,
  },
  scale: {
    ...replicaScale((object) => labelSetText(object.spec?.selector)),
    selectorMap: (object) => object.spec?.selector,
  },
  subresources: { instantiate, log: deploymentLog, rollback },
  columns: [
    nameColumn,
    countColumn('Revision', ({ status }) => status?.latestVersion ?? 0),
    column('Desired', ({ spec }) => (spec?.test === true ? `${spec.replicas} (during test)` : String(spec?.replicas ?? 0))),
    countColumn('Current', ({ status }) => status?.replicas ?? 0),
    column('Triggered By', (object) => triggersText(object as DeploymentConfig)),
    { ...ageColumn, priority: 1 },
    ...templateColumns((object) => object.spec?.template),
    wideColumn('Selector', (object) => labelSetText(object.spec?.selector)),
  ],
});
