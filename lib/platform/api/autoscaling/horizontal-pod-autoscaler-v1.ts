import { defineVersion } from '../define-version.ts';
import type { KubeObject } from '../meta.ts';
import { newBadRequest } from '../status-error.ts';
import { horizontalPodAutoscaler } from './horizontal-pod-autoscaler.ts';
import { metricStatusToV1, metricStatusToV2, metricToV1, metricToV2 } from './metric-conversion.ts';

type Fields = Record<string, unknown>;
const list = (value: unknown): Fields[] => (value ?? []) as Fields[];

/** Where version 1 keeps what it has no fields for. */
const METRICS = 'autoscaling.alpha.kubernetes.io/metrics';
const CURRENT_METRICS = 'autoscaling.alpha.kubernetes.io/current-metrics';
const CONDITIONS = 'autoscaling.alpha.kubernetes.io/conditions';
const BEHAVIOR = 'autoscaling.alpha.kubernetes.io/behavior';

interface ResourceMetric {
  readonly type?: string;
  readonly resource?: { readonly name?: string; readonly target?: Fields; readonly current?: Fields };
}

const cpuUtilization = (metric: ResourceMetric): number | undefined => {
  const { resource, type } = metric;
  const of = resource?.target ?? resource?.current;
  return type === 'Resource' && resource?.name === 'cpu' ? (of?.averageUtilization as number | undefined) : undefined;
};

/** Only these three things of a version 2 object have a place in version 1: the others go into annotations. */
function fromStored(object: KubeObject): KubeObject {
  const { metrics, behavior, ...spec } = object.spec ?? {};
  const { currentMetrics, conditions, ...status } = object.status ?? {};
  const annotations: Record<string, string> = { ...object.metadata.annotations };
  const others = list(metrics).filter((metric) => cpuUtilization(metric) === undefined);
  const target = list(metrics)
    .map(cpuUtilization)
    .find((each) => each !== undefined);
  const current = list(currentMetrics)
    .map(cpuUtilization)
    .find((each) => each !== undefined);
  if (others.length > 0) annotations[METRICS] = JSON.stringify(others.map(metricToV1));
  if (list(currentMetrics).length > 0) annotations[CURRENT_METRICS] = JSON.stringify(list(currentMetrics).map(metricStatusToV1));
  if (list(conditions).length > 0) annotations[CONDITIONS] = JSON.stringify(conditions);
  if (behavior !== undefined) annotations[BEHAVIOR] = JSON.stringify(behavior);
  return {
    ...object,
    metadata: { ...object.metadata, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) },
    spec: { ...spec, ...(target === undefined ? {} : { targetCPUUtilizationPercentage: target }) },
    status: { ...status, ...(current === undefined ? {} : { currentCPUUtilizationPercentage: current }) },
  };
}

function toStored(object: KubeObject): KubeObject {
  const annotations = { ...object.metadata.annotations };
  const take = (name: string): unknown => {
    if (!Object.hasOwn(annotations, name)) return undefined;
    const text = annotations[name]!;
    delete annotations[name];
    return parse(name, text);
  };
  const converted: KubeObject = { ...object, metadata: { ...object.metadata } };
  const metrics = (takeList(take(METRICS), METRICS) ?? []).map(metricToV2);
  if (object.spec !== undefined) {
    const { targetCPUUtilizationPercentage: target, ...spec } = object.spec;
    if (target !== undefined)
      metrics.push({ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: target } } });
    const behavior = take(BEHAVIOR);
    converted.spec = { ...spec, ...(metrics.length === 0 ? {} : { metrics }), ...(behavior === undefined ? {} : { behavior }) };
  }
  const current = takeList(take(CURRENT_METRICS), CURRENT_METRICS);
  const conditions = takeList(take(CONDITIONS), CONDITIONS);
  if (object.status !== undefined) {
    const { currentCPUUtilizationPercentage: utilization, ...status } = object.status;
    const shown = utilization === undefined ? undefined : [cpuStatus(utilization)];
    const currentMetrics = current?.map(metricStatusToV2) ?? shown;
    converted.status = {
      ...status,
      ...(currentMetrics === undefined ? {} : { currentMetrics }),
      ...(conditions === undefined ? {} : { conditions }),
    };
  }
  if (object.metadata.annotations !== undefined) converted.metadata.annotations = annotations;
  return converted;
}

const cpuStatus = (averageUtilization: number): Fields => ({
  type: 'Resource',
  resource: { name: 'cpu', current: { averageUtilization, averageValue: '0' } },
});

const cannot = (name: string, why: string): Error =>
  newBadRequest(
    `HorizontalPodAutoscaler in version "v1" cannot be handled as a HorizontalPodAutoscaler: annotation ${name}: ${why}`,
  );

function parse(name: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw cannot(name, error instanceof Error ? error.message : String(error));
  }
}

function takeList(value: unknown, name: string): Fields[] | undefined {
  if (value === undefined || value === null) return undefined;
  const isObject = (each: unknown): boolean => typeof each === 'object' && each !== null && !Array.isArray(each);
  if (!Array.isArray(value) || !value.every(isObject)) throw cannot(name, 'must be a list of objects');
  return value as Fields[];
}

/** The older version, which knows of CPU only. */
export const horizontalPodAutoscalerV1 = defineVersion(horizontalPodAutoscaler, {
  version: 'v1',
  schema: 'io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler',
  toStored,
  fromStored,
});
