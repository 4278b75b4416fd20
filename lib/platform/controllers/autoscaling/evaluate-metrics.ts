import type { MetricSpec, MetricStatus } from './autoscaler-types.ts';
import { evaluateMetric, type Evaluation, MetricError, type Target } from './evaluate-metric.ts';

/** What all metrics together ask for. */
export interface MetricsVerdict {
  /** Undefined: nothing is to be done on what is known. */
  readonly proposal: { readonly replicas: number; readonly name: string } | undefined;
  /** In the order of the spec; those that could not be told are left out. */
  readonly statuses: readonly MetricStatus[];
  /** The first that could not be told. */
  readonly error: MetricError | undefined;
  /** All that could not be told, as the event says it. */
  readonly message: string | undefined;
}

/**
 * The highest of what the metrics ask for. Where some cannot be told nothing is scaled down: one of those could have asked for more
 * (podautoscaler's computeReplicasForMetrics).
 */
export async function evaluateMetrics(metrics: readonly MetricSpec[], target: Target): Promise<MetricsVerdict> {
  const results = await Promise.all(metrics.map((metric) => evaluateMetric(metric, target).catch(asMetricError)));
  const good = results.filter((each): each is Evaluation => !(each instanceof MetricError));
  const bad = results.filter((each) => each instanceof MetricError);
  const highest = good.reduce<Evaluation | undefined>(
    (best, each) => (best === undefined || each.replicas > best.replicas ? each : best),
    undefined,
  );
  const blind = highest === undefined || (bad.length > 0 && highest.replicas < target.specReplicas);
  return {
    proposal: blind ? undefined : highest,
    statuses: good.map(({ status }) => status),
    error: bad[0],
    message:
      bad[0] === undefined
        ? undefined
        : `invalid metrics (${bad.length} invalid out of ${metrics.length}), first error is: ${bad[0].message}`,
  };
}

function asMetricError(error: unknown): MetricError {
  if (error instanceof MetricError) return error;
  throw error;
}
