import { errorText } from '../../../common/errors.ts';
import type { KubeObject } from '../../api/meta.ts';
import { parseQuantity, quantityMilliValue } from '../../api/quantity.ts';
import { labelSelectorText } from '../../api/selectors/label-selector-text.ts';
import { isNotFound } from '../../api/status-error.ts';
import type { GroupVersionResource } from '../../api/verbs.ts';
import type { Client } from '../../client/client.ts';
import type { MetricIdentifier } from './autoscaler-types.ts';
import type { Samples } from './pod-samples.ts';

/** Where metrics are read: in a namespace, of the pods that a selector (as text) is about. */
export interface MetricScope {
  readonly namespace: string;
  readonly selector: string;
}

const POD_METRICS: GroupVersionResource = { group: 'metrics.k8s.io', version: 'v1beta1', resource: 'pods' };
const CUSTOM_GROUP = 'custom.metrics.k8s.io';
const CUSTOM_VERSIONS = ['v1beta2', 'v1beta1'];
const EXTERNAL = { group: 'external.metrics.k8s.io', version: 'v1beta1' };
/** Of metrics that do not say theirs. */
const DEFAULT_WINDOW = 60_000;

interface PodMetrics extends KubeObject {
  readonly timestamp: string;
  readonly window: string;
  readonly containers: readonly { readonly name: string; readonly usage: Readonly<Record<string, string>> }[];
}

interface MetricValue extends KubeObject {
  readonly describedObject?: { readonly name: string };
  readonly timestamp: string;
  readonly value: string;
  readonly windowSeconds?: number;
  readonly window?: number;
}

/** What pods use of a resource, all their containers together or the one that is named. Rejects with an Error in Kubernetes' words. */
export async function resourceSamples(
  client: Client,
  { namespace, selector }: MetricScope,
  resource: string,
  container?: string,
): Promise<Samples> {
  const { items } = await client
    .list<PodMetrics>({ ...POD_METRICS, namespace }, { labelSelector: selector })
    .catch(unable('unable to fetch metrics from resource metrics API'));
  if (items.length === 0) throw new Error('no metrics returned from resource metrics API');
  return new Map(
    items.flatMap((each) => {
      const value = podValue(each, resource, container);
      return value === undefined
        ? []
        : [[each.metadata.name!, { value, at: Date.parse(each.timestamp), window: durationMs(each.window) }]];
    }),
  );
}

function podValue({ metadata, containers }: PodMetrics, resource: string, container: string | undefined): number | undefined {
  const counted = containers.filter(({ name }) => container === undefined || name === container);
  if (counted.length === 0 && container !== undefined)
    throw new Error(`container ${container} not present in metrics for pod ${metadata.namespace}/${metadata.name}`);
  const values = counted.map(({ usage }) => usage[resource]);
  // Part of a pod would be taken for all of it.
  if (values.includes(undefined)) return undefined;
  return values.reduce((sum, value) => sum + quantityMilliValue(value!), 0);
}

/** `15.2s`, `1m0s`: in ms. */
function durationMs(text: string): number {
  const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
  const parts = [...text.matchAll(/([\d.]+)(ms|h|m|s)/g)];
  return parts.length === 0 ? DEFAULT_WINDOW : parts.reduce((sum, [, count, unit]) => sum + Number(count) * units[unit!]!, 0);
}

/** A metric of each pod (custom.metrics.k8s.io). */
export async function podMetricSamples(client: Client, scope: MetricScope, metric: MetricIdentifier): Promise<Samples> {
  const ref = { resource: 'pods', namespace: scope.namespace, name: '*', subresource: metric.name };
  const items = await customValues(client, ref, { labelSelector: scope.selector, ...selectorOf(metric) });
  if (items.length === 0) throw new Error('no metrics returned from custom metrics API');
  return new Map(
    items.map((each) => [
      each.describedObject?.name ?? '',
      { value: quantityMilliValue(each.value), at: Date.parse(each.timestamp), window: windowOf(each) },
    ]),
  );
}

const windowOf = ({ windowSeconds, window }: MetricValue): number => (windowSeconds ?? window ?? DEFAULT_WINDOW / 1000) * 1000;

/** A metric of one object, in thousandths. `of`: its kind as a resource; undefined for the namespace itself. */
export async function objectMetric(
  client: Client,
  namespace: string,
  of: { readonly resource: string; readonly name: string } | undefined,
  metric: MetricIdentifier,
): Promise<number> {
  const ref =
    of === undefined
      ? { resource: 'metrics', namespace, name: metric.name }
      : { resource: of.resource, namespace, name: of.name, subresource: metric.name };
  const [found] = await customValues(client, ref, selectorOf(metric));
  if (found === undefined) throw new Error('no metrics returned from custom metrics API');
  return quantityMilliValue(found.value);
}

/** All values of a metric that is of nothing in the cluster, added up, in thousandths. */
export async function externalMetric(client: Client, namespace: string, { name, selector }: MetricIdentifier): Promise<number> {
  const labelSelector = labelSelectorText(selector);
  const { items } = await client
    .list<MetricValue>({ ...EXTERNAL, resource: name, namespace }, labelSelector === '' ? {} : { labelSelector })
    .catch(unable('unable to fetch metrics from external metrics API'));
  if (items.length === 0) throw new Error('no metrics returned from external metrics API');
  return Number(items.reduce((sum, { value }) => sum + parseQuantity(value).nanos, 0n) / 1_000_000n);
}

type CustomRef = { resource: string; namespace: string; name: string; subresource?: string };

/** In the newest version that is served. */
async function customValues(
  client: Client,
  ref: CustomRef,
  options: { labelSelector?: string; metricLabelSelector?: string },
): Promise<readonly MetricValue[]> {
  for (const version of CUSTOM_VERSIONS) {
    try {
      const list = await client.get({ group: CUSTOM_GROUP, version, ...ref }, options);
      return (list['items'] ?? []) as MetricValue[];
    } catch (error) {
      if (version === CUSTOM_VERSIONS.at(-1) || !isNotFound(error))
        return unable('unable to fetch metrics from custom metrics API')(error);
    }
  }
  return [];
}

function selectorOf({ selector }: MetricIdentifier): { metricLabelSelector?: string } {
  const metricLabelSelector = labelSelectorText(selector);
  return metricLabelSelector === '' ? {} : { metricLabelSelector };
}

const unable =
  (what: string) =>
  (cause: unknown): never => {
    throw new Error(`${what}: ${errorText(cause)}`, { cause });
  };
