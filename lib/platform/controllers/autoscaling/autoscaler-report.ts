import type { EventRecorder } from '../../client/event-recorder.ts';
import { withCondition } from '../conditions.ts';
import type { Condition } from '../core-types.ts';
import type { Autoscaler, AutoscalerStatus } from './autoscaler-types.ts';

type Type = 'AbleToScale' | 'ScalingActive' | 'ScalingLimited';

/** What is found out about an autoscaler in one look: its next status, and events where a condition has become a failure, or another one. */
export class AutoscalerReport {
  readonly #autoscaler: Autoscaler;
  readonly #recorder: EventRecorder;
  readonly #now: string;
  #conditions: readonly Condition[];
  #counts: Omit<AutoscalerStatus, 'conditions'>;
  #failing = false;

  constructor(autoscaler: Autoscaler, recorder: EventRecorder, now: string) {
    this.#autoscaler = autoscaler;
    this.#recorder = recorder;
    this.#now = now;
    const { conditions = [], ...counts } = autoscaler.status ?? {};
    this.#conditions = conditions;
    this.#counts = counts;
  }

  able(is: boolean, reason: string, message: string, event?: string): void {
    this.#set('AbleToScale', is, reason, message, event);
  }

  active(is: boolean, reason: string, message: string, event?: string, eventReason?: string): void {
    this.#set('ScalingActive', is, reason, message, event, eventReason);
  }

  limited({ status, reason, message }: Pick<Condition, 'reason' | 'message'> & { readonly status: 'True' | 'False' }): void {
    this.#set('ScalingLimited', status === 'True', reason ?? '', message ?? '');
  }

  replicas(current: number, desired: number, currentMetrics: NonNullable<AutoscalerStatus['currentMetrics']>): void {
    const { lastScaleTime } = this.#counts;
    this.#counts = {
      currentReplicas: current,
      desiredReplicas: desired,
      ...(lastScaleTime === undefined ? {} : { lastScaleTime }),
      currentMetrics: currentMetrics.length === 0 ? null : currentMetrics,
    };
  }

  rescaled(message: string): void {
    this.#recorder.event(this.#autoscaler, 'Normal', 'SuccessfulRescale', message);
    this.#counts = { ...this.#counts, lastScaleTime: this.#now };
  }

  /** Beside the event of a condition, and as often. */
  warn(reason: string, message: string): void {
    if (this.#failing) this.#recorder.event(this.#autoscaler, 'Warning', reason, message);
  }

  status(): AutoscalerStatus {
    return { ...this.#counts, conditions: this.#conditions };
  }

  #set(type: Type, is: boolean, reason: string, message: string, event?: string, eventReason = reason): void {
    const before = this.#autoscaler.status?.conditions?.find((each) => each.type === type);
    const next = { type, status: is ? ('True' as const) : ('False' as const), reason, message };
    this.#conditions = withCondition(this.#conditions, next, this.#now);
    this.#failing = !is && (before?.status !== next.status || before.reason !== reason || before.message !== message);
    if (event !== undefined && this.#failing) this.#recorder.event(this.#autoscaler, 'Warning', eventReason, event);
  }
}
