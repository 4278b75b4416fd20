import { errorText } from '../../../common/errors.ts';
import { formatQuantity, quantityMilliValue } from '../../api/quantity.ts';
import type { Client } from '../../client/client.ts';
import type { Pod } from '../core-types.ts';
import type { MetricSpec, MetricStatus, MetricTarget, ObjectReference } from './autoscaler-types.ts';
import { externalMetric, objectMetric, podMetricSamples, resourceSamples } from './metric-source.ts';
import { podRequests } from './pod-requests.ts';
import { groupPods, isReadyPod, type Samples } from './pod-samples.ts';
import {
  type Proposal,
  replicasForAverage,
  replicasForShare,
  replicasForUtilization,
  replicasForValue,
  type Tolerances,
} from './replica-calculator.ts';

/** What the metrics of an autoscaler are judged by. */
export interface Target {
  readonly client: Client;
  readonly namespace: string;
  /** Of the scale, as text. */
  readonly selector: string;
  /** Those that the selector is about. */
  readonly pods: readonly Pod[];
  readonly specReplicas: number;
  readonly statusReplicas: number;
  readonly tolerances: Tolerances;
  readonly now: number;
  /** The resource of a kind, with its group, as custom metrics APIs name it: `ingresses.networking.k8s.io`. */
  resourceOf(reference: ObjectReference): Promise<string>;
}

/** What one metric asks for, how it is told of, and how it stands. */
export interface Evaluation {
  readonly replicas: number;
  /** `cpu resource utilization (percentage of request)` */
  readonly name: string;
  readonly status: MetricStatus;
}

/** What could not be told, under the reason of the condition that says so. */
export class MetricError extends Error {
  readonly reason: string;
  constructor(reason: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'MetricError';
    this.reason = reason;
  }
}

/** Rejects with a MetricError whose text is Kubernetes' own. */
export async function evaluateMetric(metric: MetricSpec, target: Target): Promise<Evaluation> {
  try {
    return await EVALUATORS[metric.type](metric as never, target);
  } catch (cause) {
    throw new MetricError(`FailedGet${metric.type}Metric`, errorText(cause), { cause });
  }
}

type Evaluators = {
  readonly [Type in MetricSpec['type']]: (metric: Extract<MetricSpec, { type: Type }>, target: Target) => Promise<Evaluation>;
};

const EVALUATORS: Evaluators = {
  async Resource({ resource: { name, target: wanted } }, target) {
    const { proposal, text } = await resourceProposal(name, undefined, wanted, target);
    return {
      replicas: proposal.replicas,
      name: text,
      status: { type: 'Resource', resource: { name, current: currentOf(proposal) } },
    };
  },
  async ContainerResource({ containerResource: { name, container, target: wanted } }, target) {
    const { proposal, text } = await resourceProposal(name, container, wanted, target);
    const status = { name, container, current: currentOf(proposal) };
    return { replicas: proposal.replicas, name: text, status: { type: 'ContainerResource', containerResource: status } };
  },
  async Pods({ pods: { metric, target: wanted } }, target) {
    const samples = await podMetricSamples(target.client, target, metric).catch(because(`unable to get metric ${metric.name}`));
    const proposal = replicasForAverage(podMetric(samples, '', target), quantityMilliValue(wanted.averageValue!));
    return {
      replicas: proposal.replicas,
      name: `pods metric ${metric.name}`,
      status: { type: 'Pods', pods: { metric, current: { averageValue: milli(proposal.value) } } },
    };
  },
  async Object({ object: { describedObject, metric, target: wanted } }, target) {
    const { client, namespace } = target;
    const { kind, name } = describedObject;
    const of = kind === 'Namespace' ? undefined : { resource: await target.resourceOf(describedObject), name };
    const value = await objectMetric(client, namespace, of, metric).catch(
      because(`unable to get metric ${metric.name}: ${kind} on ${namespace} ${name}`),
    );
    const { replicas, current } = valueProposal(value, wanted, target);
    return {
      replicas,
      name: `${kind} metric ${metric.name}`,
      status: { type: 'Object', object: { describedObject, metric, current } },
    };
  },
  async External({ external: { metric, target: wanted } }, target) {
    const { client, namespace } = target;
    const value = await externalMetric(client, namespace, metric).catch(
      because(`unable to get external metric ${namespace}/${metric.name}/${goSelector(metric.selector)}`),
    );
    const { replicas, current } = valueProposal(value, wanted, target);
    return {
      replicas,
      name: `external metric ${metric.name}(${goSelector(metric.selector)})`,
      status: { type: 'External', external: { metric, current } },
    };
  },
};

async function resourceProposal(
  resource: string,
  container: string | undefined,
  { averageValue, averageUtilization }: MetricTarget,
  target: Target,
): Promise<{ proposal: Proposal; text: string }> {
  const what = container === undefined ? `${resource} resource` : `${resource} container resource`;
  try {
    const samples = await resourceSamples(target.client, target, resource, container).catch(
      because(`unable to get metrics for resource ${resource}`),
    );
    const metric = podMetric(samples, resource, target);
    if (averageValue !== undefined) return { proposal: replicasForAverage(metric, quantityMilliValue(averageValue)), text: what };
    const requests = podRequests(target.pods, resource, container);
    return {
      proposal: replicasForUtilization(metric, averageUtilization!, requests),
      text: `${what} utilization (percentage of request)`,
    };
  } catch (cause) {
    const measure = averageValue === undefined ? 'utilization' : 'usage';
    throw new Error(`failed to get ${resource} ${measure}: ${errorText(cause)}`, { cause });
  }
}

function podMetric(
  samples: Samples,
  resource: string,
  { pods, specReplicas, tolerances, now }: Target,
): Parameters<typeof replicasForAverage>[0] {
  if (pods.length === 0) throw new Error('no pods returned by selector while calculating replica count');
  return { samples, groups: groupPods(pods, samples, resource, now), currentReplicas: specReplicas, tolerances };
}

function valueProposal(
  value: number,
  { value: whole, averageValue }: MetricTarget,
  { pods, specReplicas, statusReplicas, tolerances }: Target,
): { replicas: number; current: object } {
  if (averageValue !== undefined) {
    const shared = replicasForShare({ value, target: quantityMilliValue(averageValue), statusReplicas, tolerances });
    return { replicas: shared.replicas, current: { averageValue: milli(shared.value) } };
  }
  const ready = pods.filter(isReadyPod).length;
  const proposal = replicasForValue({
    value,
    target: quantityMilliValue(whole!),
    currentReplicas: specReplicas,
    ready,
    tolerances,
  });
  return { replicas: proposal.replicas, current: { value: milli(proposal.value) } };
}

const currentOf = ({ value, utilization }: Proposal): object => ({
  averageValue: milli(value),
  ...(utilization === undefined ? {} : { averageUtilization: utilization }),
});

/** A number of thousandths as a quantity. */
const milli = (value: number): string => formatQuantity({ nanos: BigInt(Math.round(value)) * 1_000_000n, format: 'DecimalSI' });

/** As Go prints a selector that may be nil. */
const goSelector = (selector: { readonly matchLabels?: Readonly<Record<string, string>> } | undefined): string =>
  selector === undefined
    ? 'nil'
    : `&LabelSelector{MatchLabels:map[string]string{${Object.entries(selector.matchLabels ?? {})
        .map(([key, value]) => `${key}: ${value},`)
        .join('')}},MatchExpressions:[]LabelSelectorRequirement{},}`;

const because =
  (what: string) =>
  (cause: unknown): never => {
    throw new Error(`${what}: ${errorText(cause)}`, { cause });
  };
