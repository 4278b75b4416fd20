import type { KubeObject } from '../../meta.ts';
import { addQuantities, compareQuantities } from '../../quantity.ts';
import type { QuotaAmounts, QuotaScopeTerm, QuotaUsage } from '../../quota-usage.ts';
import { qosClass } from './qos-class.ts';

type Quantities = Record<string, string>;
interface Container {
  readonly name: string;
  readonly restartPolicy?: string;
  readonly resources?: { readonly requests?: Quantities; readonly limits?: Quantities };
}

/** These count under their own name too, as they did before requests and limits were told apart. */
const SHORT = new Set(['cpu', 'memory', 'ephemeral-storage']);

const isOver = ({ status }: KubeObject): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed';

function amounts(pod: KubeObject): QuotaAmounts {
  // What has ended uses nothing any more.
  if (isOver(pod)) return {};
  const used: Quantities = { pods: '1' };
  for (const [name, amount] of Object.entries(totalOf(pod, 'requests'))) {
    used[`requests.${name}`] = amount;
    if (SHORT.has(name)) used[name] = amount;
  }
  for (const [name, amount] of Object.entries(totalOf(pod, 'limits'))) used[`limits.${name}`] = amount;
  return used;
}

/** All containers at once, or the largest step of the start, whichever is more (kubernetes pkg/api/v1/resource). */
function totalOf({ spec = {} }: KubeObject, field: 'requests' | 'limits'): Quantities {
  const of = ({ resources }: Container): Quantities => resources?.[field] ?? {};
  let total = ((spec.containers ?? []) as Container[]).map(of).reduce(sum, {});
  let sidecars: Quantities = {};
  let peak: Quantities = {};
  for (const container of (spec.initContainers ?? []) as Container[]) {
    const step = sum(sidecars, of(container));
    if (container.restartPolicy === 'Always') {
      sidecars = step;
      total = sum(total, of(container));
    }
    peak = largest(peak, step);
  }
  return sum(largest(total, peak), (spec.overhead ?? {}) as Quantities);
}

const merge = (a: Quantities, b: Quantities, both: (x: string, y: string) => string): Quantities => {
  const out = { ...a };
  for (const [name, amount] of Object.entries(b)) out[name] = out[name] === undefined ? amount : both(out[name], amount);
  return out;
};
const sum = (a: Quantities, b: Quantities): Quantities => merge(a, b, (x, y) => addQuantities(x, y));
const largest = (a: Quantities, b: Quantities): Quantities => merge(a, b, (x, y) => (compareQuantities(x, y) < 0 ? y : x));

function inScope({ spec = {} }: KubeObject, { scopeName, operator, values = [] }: QuotaScopeTerm): boolean {
  switch (scopeName) {
    case 'Terminating':
      return (spec.activeDeadlineSeconds ?? -1) >= 0;
    case 'NotTerminating':
      return (spec.activeDeadlineSeconds ?? -1) < 0;
    case 'BestEffort':
      return qosClass(spec) === 'BestEffort';
    case 'NotBestEffort':
      return qosClass(spec) !== 'BestEffort';
    case 'CrossNamespacePodAffinity':
      return reachesOtherNamespaces(spec.affinity);
    case 'PriorityClass': {
      const name: string = spec.priorityClassName ?? '';
      if (operator === 'Exists') return name !== '';
      if (operator === 'DoesNotExist') return name === '';
      return values.includes(name) === (operator === 'In');
    }
    default:
      return false;
  }
}

interface Term {
  readonly namespaces?: readonly string[];
  readonly namespaceSelector?: object;
  readonly podAffinityTerm?: Term;
}
interface Terms {
  readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly Term[];
  readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly Term[];
}

function reachesOtherNamespaces(affinity: { podAffinity?: Terms; podAntiAffinity?: Terms } | undefined): boolean {
  return [affinity?.podAffinity, affinity?.podAntiAffinity]
    .flatMap((terms) => [
      ...(terms?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
      ...(terms?.preferredDuringSchedulingIgnoredDuringExecution ?? []),
    ])
    .map((term) => term.podAffinityTerm ?? term)
    .some(({ namespaces = [], namespaceSelector }) => namespaces.length > 0 || namespaceSelector !== undefined);
}

/** `must specify limits.cpu for: a,b; memory for: a`: what is not said cannot be counted. */
function unspecified({ spec = {} }: KubeObject, names: readonly string[]): string | undefined {
  const containers = [...((spec.containers ?? []) as Container[]), ...((spec.initContainers ?? []) as Container[])];
  const told = names.toSorted().flatMap((name) => {
    const [, prefix = 'requests.', resource = ''] = /^(requests\.|limits\.)?(cpu|memory)$/.exec(name) ?? [];
    if (resource === '') return [];
    const field = prefix === 'limits.' ? 'limits' : 'requests';
    const silent = containers.filter(({ resources }) => resources?.[field]?.[resource] === undefined);
    return silent.length === 0 ? [] : [`${name} for: ${silent.map((container) => container.name).join(',')}`];
  });
  return told.length === 0 ? undefined : `must specify ${told.join('; ')}`;
}

/** What a pod uses of a quota (pkg/quota/v1/evaluator/core/pods.go). */
export const podQuota: QuotaUsage = { amounts, inScope, unspecified };
