import { column, nameColumn } from '../columns.ts';
import { validateQuotaSpec } from '../core/resource-quota.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject, ObjectMeta } from '../meta.ts';
import { type LabelSelectorObject, labelSelectorMatcher } from '../selectors/label-selector.ts';
import { labelSelectorCell } from '../selectors/label-selector-text.ts';
import type { StatusCause } from '../status-error.ts';
import { required } from '../validation/causes.ts';
import { validateLabelSelector } from '../validation/label-selector-validation.ts';

export const QUOTA = { group: 'quota.openshift.io', version: 'v1' } as const;
/** Where the field tables of a kind of quota.openshift.io are. */
export const schemaOf = (kind: string): string => `com.github.openshift.api.quota.v1.${kind}`;

interface Selector {
  readonly labels?: LabelSelectorObject | null;
  readonly annotations?: Readonly<Record<string, string>> | null;
}

const selectorOf = ({ spec }: KubeObject): Selector => (spec?.selector ?? {}) as Selector;
const saysNothing = ({ matchLabels, matchExpressions }: LabelSelectorObject): boolean =>
  Object.keys(matchLabels ?? {}).length === 0 && (matchExpressions ?? []).length === 0;

/** Whether the quota counts what is in a namespace: its labels and annotations are all that is asked for. */
export function selectedBy(quota: KubeObject): (namespace: ObjectMeta) => boolean {
  const { labels, annotations } = selectorOf(quota);
  const matches = labels === undefined || labels === null ? () => true : labelSelectorMatcher(labels);
  const wanted = Object.entries(annotations ?? {});
  return (namespace) => matches(namespace.labels) && wanted.every(([key, value]) => namespace.annotations?.[key] === value);
}

function validate(quota: KubeObject): StatusCause[] {
  const { labels, annotations } = selectorOf(quota);
  const causes = validateQuotaSpec(quota.spec?.quota ?? {}, 'spec.quota');
  const nothing = (labels === undefined || labels === null || saysNothing(labels)) && Object.keys(annotations ?? {}).length === 0;
  if (nothing) causes.push(required('spec.selector', 'must restrict the selected projects'));
  return labels === undefined || labels === null ? causes : [...causes, ...validateLabelSelector(labels, 'spec.selector.labels')];
}

const annotationsText = (quota: KubeObject): string =>
  Object.entries(selectorOf(quota).annotations ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(',') || '<none>';

/** A quota that several projects share, for example all of one requester. */
export const clusterResourceQuota = defineResource({
  ...QUOTA,
  kind: 'ClusterResourceQuota',
  plural: 'clusterresourcequotas',
  shortNames: ['clusterquota'],
  namespaced: false,
  schema: schemaOf('ClusterResourceQuota'),
  strategy: { generation: false, prepareForCreate: (object) => void (object.status = { total: {} }), validate },
  status: true,
  columns: [
    nameColumn,
    column('Labels Selector', (quota) => labelSelectorCell(selectorOf(quota).labels ?? undefined)),
    column('Annotations Selector', annotationsText),
  ],
});
