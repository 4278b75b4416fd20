import type { Clock } from '../../common/clock.ts';
import type { KubeObject } from '../api/meta.ts';
import type { DeploymentConfig, TemplateSpec } from '../api/openshift-apps/deployment-config-types.ts';
import type { Client } from '../client/client.ts';

/** One version on its way: what all of its steps work with. */
export interface Rollout {
  readonly client: Client;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly namespace: string;
  /** Of the version's replication controller. */
  readonly name: string;
  /** The config as it was when the version began. */
  readonly config: DeploymentConfig;
  /** How many pods it is to end with. */
  readonly desired: number;
  readonly controllers: ControllerWatch;
  /** Milliseconds since the epoch: when the deployer has to be done. */
  readonly deadline: number;
  /** A line for whoever reads the deployer's log. */
  say(line: string): void;
}

/** core/v1, as far as a rollout looks at it. */
export interface ReplicationController extends KubeObject {
  spec: { replicas?: number; template?: { spec: TemplateSpec } };
  status?: { replicas?: number; availableReplicas?: number; observedGeneration?: number };
}

/** The replication controllers of one deployment config, kept up to date. */
export interface ControllerWatch {
  /** Undefined for one that is gone. */
  get(name: string): ReplicationController | undefined;
  list(): readonly ReplicationController[];
  /** Resolves at the next change of any of them, or after so many ms; rejects when the signal is aborted. */
  changed(ms: number): Promise<void>;
}

/** Why a rollout has failed, for the log; it is nobody's mistake in here. */
export class RolloutFailure extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'RolloutFailure';
  }
}

/** One where none are named. */
export const sizeOf = ({ spec }: ReplicationController): number => spec.replicas ?? 1;

/** Pods that serve; none of those that are on their way out by now. */
export const availableOf = (controller: ReplicationController): number =>
  Math.min(controller.status?.availableReplicas ?? 0, sizeOf(controller));
