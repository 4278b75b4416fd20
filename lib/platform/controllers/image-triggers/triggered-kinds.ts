import type { KubeObject } from '../../api/meta.ts';
import type { DeploymentConfig } from '../../api/openshift-apps/deployment-config-types.ts';
import { applyImages, imageTriggers, type TagLookup, type TagName, tagNameOf } from '../../api/openshift-apps/image-changes.ts';
import type { GroupVersionResource } from '../../api/verbs.ts';
import { CRON_JOBS, DAEMON_SETS, DEPLOYMENT_CONFIGS, DEPLOYMENTS, STATEFUL_SETS } from '../resources.ts';
import { fieldTriggers, withImages } from './field-triggers.ts';

/** A kind whose objects run images of image streams' tags. */
export interface TriggeredKind {
  readonly of: GroupVersionResource;
  /** Tags that the object follows now. Throws an Error that tells what is wrong with what it says of them. */
  tags(object: KubeObject): TagName[];
  /** The service account that pulls for it. */
  account(object: KubeObject): string;
  /** The object with what the tags stand for; undefined where it has that. */
  changed(object: KubeObject, lookup: TagLookup): KubeObject | undefined;
}

const accountOf = (spec: unknown): string =>
  (spec as { serviceAccountName?: string } | undefined)?.serviceAccountName || 'default';

/** Paused configs keep the images that they have. */
const automatic = (config: DeploymentConfig): ReturnType<typeof imageTriggers> =>
  config.spec.paused === true ? [] : imageTriggers(config).filter((params) => params.automatic === true);

const deploymentConfigs: TriggeredKind = {
  of: DEPLOYMENT_CONFIGS,
  tags: (object) =>
    automatic(object as DeploymentConfig).flatMap(({ from }) => tagNameOf(from, object.metadata.namespace ?? '') ?? []),
  account: ({ spec }) => accountOf(spec?.template?.spec),
  changed(object, lookup) {
    const next = structuredClone(object) as DeploymentConfig;
    return applyImages(next, lookup, (params) => params.automatic === true) ? next : undefined;
  },
};

const annotated = (of: GroupVersionResource, templateOf: (object: KubeObject) => KubeObject | undefined): TriggeredKind => ({
  of,
  tags: (object) => fieldTriggers(object).map(({ tag }) => tag),
  account: (object) => accountOf(templateOf(object)?.spec),
  changed: (object, lookup) => withImages(object, fieldTriggers(object), lookup),
});

/** One line each. */
export const triggeredKinds: readonly TriggeredKind[] = [
  deploymentConfigs,
  annotated(DEPLOYMENTS, ({ spec }) => spec?.template),
  annotated(STATEFUL_SETS, ({ spec }) => spec?.template),
  annotated(DAEMON_SETS, ({ spec }) => spec?.template),
  annotated(CRON_JOBS, ({ spec }) => spec?.jobTemplate?.spec?.template),
];
