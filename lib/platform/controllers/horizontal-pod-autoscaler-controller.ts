import { rfc3339 } from '../../common/clock.ts';
import { errorText } from '../../common/errors.ts';
import { parseQuantity } from '../api/quantity.ts';
import { type LabelMatcher, parseLabelSelector } from '../api/selectors/label-selector.ts';
import type { KubeObject } from '../api/meta.ts';
import { keyOf } from '../client/object-store.ts';
import { isNotFound } from './api-errors.ts';
import type { Autoscaler, AutoscalerStatus, ScalingRules } from './autoscaling/autoscaler-types.ts';
import { evaluateMetrics, type MetricsVerdict } from './autoscaling/evaluate-metrics.ts';
import { AutoscalerReport } from './autoscaling/autoscaler-report.ts';
import { normalizeReplicas } from './autoscaling/normalize-replicas.ts';
import { newHistory, type ScalingHistory, withChange } from './autoscaling/scaling-history.ts';
import type { ScaleTargets, ScaleTarget } from './autoscaling/scale-targets.ts';
import { defineController, type ControllerDefinition, type ReconcileContext } from './define-controller.ts';
import type { Pod } from './core-types.ts';
import { AUTOSCALERS, PODS, refTo } from './resources.ts';
import { sameJson } from './same-json.ts';

/** kube-controller-manager's --horizontal-pod-autoscaler-sync-period and -tolerance. */
const PERIOD = 15_000;
const TOLERANCE = 0.1;

/** What is known of an autoscaler between two looks. */
interface Memory {
  readonly history: ScalingHistory;
  readonly namespace: string;
  readonly selects: LabelMatcher | undefined;
  /** What could not be told the last time, beside metrics that could. */
  readonly problem?: string | undefined;
}

/** Looks at each autoscaler every 15 seconds, and after every change of what it is to do. */
export function horizontalPodAutoscalerController(targets: ScaleTargets): ControllerDefinition {
  const memories = new Map<string, Memory>();
  return defineController({
    name: 'horizontal-pod-autoscaler',
    watches: [
      // Its own status would wake it at once; metrics do not change that fast.
      { of: AUTOSCALERS, map: (object) => [keyOf(object)], changed: (object, old) => !sameJson(object.spec, old.spec) },
      { of: PODS, map: () => [] },
    ],
    concurrency: 4,
    async reconcile(key, context) {
      const autoscaler = context.lister<Autoscaler>(AUTOSCALERS).byKey(key);
      if (autoscaler === undefined || autoscaler.metadata.deletionTimestamp !== undefined) return void memories.delete(key);
      await new Look(autoscaler, { ...context, targets, memories }).run();
      return { requeueAfter: PERIOD };
    },
  });
}

interface LookContext extends ReconcileContext {
  readonly targets: ScaleTargets;
  readonly memories: Map<string, Memory>;
}

/** One look at one autoscaler (podautoscaler's reconcileAutoscaler). */
class Look {
  readonly #autoscaler: Autoscaler;
  readonly #context: LookContext;
  readonly #report: AutoscalerReport;
  readonly #now: number;

  constructor(autoscaler: Autoscaler, context: LookContext) {
    this.#autoscaler = autoscaler;
    this.#context = context;
    this.#now = context.clock.now();
    this.#report = new AutoscalerReport(autoscaler, context.recorder, rfc3339(this.#now));
  }

  async run(): Promise<void> {
    const found = await this.#findTarget();
    if (found !== undefined) await this.#look(found);
    await this.#write();
  }

  async #findTarget(): Promise<ScaleTarget | undefined> {
    const { targets, client } = this.#context;
    const { spec, metadata } = this.#autoscaler;
    try {
      const target = await targets.find(client, metadata.namespace!, spec.scaleTargetRef);
      this.#report.able(true, 'SucceededGetScale', "the HPA controller was able to get the target's current scale");
      return target;
    } catch (error) {
      const text = errorText(error);
      this.#report.able(
        false,
        'FailedGetScale',
        `the HPA controller was unable to get the target's current scale: ${text}`,
        text,
      );
      return undefined;
    }
  }

  async #look(target: ScaleTarget): Promise<void> {
    const { minReplicas: min = 1, maxReplicas: max, behavior } = this.#autoscaler.spec;
    const current = target.specReplicas;
    const key = keyOf(this.#autoscaler);
    const memory = this.#remember(key, target);
    if (current === 0 && min !== 0) {
      this.#report.active(false, 'ScalingDisabled', 'scaling is disabled since the replica count of the target is zero');
      return this.#report.replicas(current, 0, []);
    }
    if (current > max) return this.#rescale(target, max, 'Current number of replicas above Spec.MaxReplicas', []);
    if (current < min) return this.#rescale(target, min, 'Current number of replicas below Spec.MinReplicas', []);

    const verdict = await this.#metrics(target, memory);
    if (verdict?.proposal === undefined) {
      const { desiredReplicas = 0, currentMetrics } = this.#autoscaler.status ?? {};
      return this.#report.replicas(current, desiredReplicas, currentMetrics ?? []);
    }
    const { replicas: desired, name } = verdict.proposal;
    const normalized = normalizeReplicas({ current, desired, min, max, behavior, history: memory.history, now: this.#now });
    this.#keep(key, normalized.history);
    this.#report.able(true, normalized.ableToScale.reason, normalized.ableToScale.message);
    this.#report.limited(normalized.scalingLimited);
    if (normalized.replicas === current) return this.#report.replicas(current, current, verdict.statuses);
    const why = desired > current ? `${name} above target` : 'All metrics below target';
    await this.#rescale(target, normalized.replicas, why, verdict.statuses);
  }

  /** What the metrics say; undefined where it is not clear of which pods. */
  async #metrics(target: ScaleTarget, { selects }: Memory): Promise<MetricsVerdict | undefined> {
    const { client, lister, targets } = this.#context;
    const { spec, metadata } = this.#autoscaler;
    const namespace = metadata.namespace!;
    if (selects === undefined) {
      this.#report.active(
        false,
        'InvalidSelector',
        "the HPA target's scale is missing a selector",
        'selector is required',
        'SelectorRequired',
      );
      return undefined;
    }
    const pods = lister<Pod>(PODS)
      .list(namespace)
      .filter((pod) => selects(pod.metadata.labels));
    const rivals = this.#rivals(namespace, pods);
    if (rivals.length > 1) {
      const text = `pods by selector ${target.selector} are controlled by multiple HPAs: [${rivals.join(' ')}]`;
      this.#report.active(false, 'AmbiguousSelector', text, text);
      return undefined;
    }
    const verdict = await evaluateMetrics(spec.metrics ?? [], {
      client,
      namespace,
      selector: target.selector,
      pods,
      specReplicas: target.specReplicas,
      statusReplicas: target.statusReplicas,
      tolerances: { up: tolerance(spec.behavior?.scaleUp), down: tolerance(spec.behavior?.scaleDown) },
      now: this.#now,
      resourceOf: (reference) => targets.resourceOf(client, reference),
    });
    if (verdict.proposal !== undefined) {
      const text = `the HPA was able to successfully calculate a replica count from ${verdict.proposal.name}`;
      this.#report.active(true, 'ValidMetricFound', text);
      this.#tellProblem(verdict);
    } else if (verdict.error !== undefined) {
      const { reason, message } = verdict.error;
      this.#report.active(false, reason, `the HPA was unable to compute the replica count: ${message}`, message);
      this.#report.warn('FailedComputeMetricsReplicas', verdict.message ?? message);
    }
    return verdict;
  }

  /** Some metrics cannot be told, others decide: no condition says so. */
  #tellProblem({ error }: MetricsVerdict): void {
    const key = keyOf(this.#autoscaler);
    const memory = this.#context.memories.get(key)!;
    if (error !== undefined && memory.problem !== error.message)
      this.#context.recorder.event(this.#autoscaler, 'Warning', error.reason, error.message);
    this.#context.memories.set(key, { ...memory, problem: error?.message });
  }

  /** Every autoscaler that has one of the pods, this one among them. */
  #rivals(namespace: string, pods: readonly KubeObject[]): string[] {
    return [...this.#context.memories]
      .filter(
        ([, { namespace: other, selects }]) => other === namespace && pods.some(({ metadata }) => selects?.(metadata.labels)),
      )
      .map(([key]) => key)
      .sort();
  }

  async #rescale(target: ScaleTarget, to: number, why: string, statuses: AutoscalerStatus['currentMetrics'] & {}): Promise<void> {
    const from = target.specReplicas;
    const key = keyOf(this.#autoscaler);
    try {
      await target.scale(to);
    } catch (error) {
      const text = errorText(error);
      this.#report.able(false, 'FailedUpdateScale', `the HPA controller was unable to update the target scale: ${text}`);
      this.#report.warn('FailedRescale', `New size: ${to}; reason: ${why}; error: ${text}`);
      return this.#report.replicas(from, this.#autoscaler.status?.desiredReplicas ?? 0, statuses);
    }
    this.#keep(
      key,
      withChange(this.#context.memories.get(key)!.history, { from, to }, this.#autoscaler.spec.behavior, this.#now),
    );
    this.#report.able(true, 'SucceededRescale', `the HPA controller was able to update the target scale to ${to}`);
    this.#report.rescaled(`New size: ${to}; reason: ${why}`);
    this.#report.replicas(from, to, statuses);
  }

  #remember(key: string, { selector, specReplicas }: ScaleTarget): Memory {
    const before = this.#context.memories.get(key);
    const history = before?.history ?? newHistory(specReplicas, this.#now);
    const selects = selector === '' ? undefined : parseLabelSelector(selector);
    const memory = { ...before, history, selects, namespace: this.#autoscaler.metadata.namespace! };
    this.#context.memories.set(key, memory);
    return memory;
  }

  #keep(key: string, history: ScalingHistory): void {
    this.#context.memories.set(key, { ...this.#context.memories.get(key)!, history });
  }

  async #write(): Promise<void> {
    const status = this.#report.status();
    if (sameJson(status, this.#autoscaler.status ?? {})) return;
    try {
      await this.#context.client.update(refTo(AUTOSCALERS, this.#autoscaler, 'status'), { ...this.#autoscaler, status });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

const tolerance = (rules: ScalingRules | undefined): number =>
  rules?.tolerance === undefined ? TOLERANCE : Number(parseQuantity(rules.tolerance).nanos) / 1e9;
