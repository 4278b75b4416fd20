import type { Clock } from '../../common/clock.ts';
import type { Log } from '../../common/log.ts';
import { configNameOf, decodeConfig, desiredReplicasOf } from '../api/openshift-apps/rollout-annotations.ts';
import { MAX_DEPLOYER_SECONDS } from '../api/openshift-apps/strategy-validation.ts';
import { retry } from '../../common/retry.ts';
import { StatusError } from '../api/status-error.ts';
import type { Client } from '../client/client.ts';
import { watchControllers } from './controller-watch.ts';
import { recreateStrategy } from './recreate-strategy.ts';
import { rollingStrategy } from './rolling-strategy.ts';
import { type ReplicationController, type Rollout, RolloutFailure } from './rollout.ts';

export interface DeployOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly namespace: string;
  /** Of the version's replication controller. */
  readonly name: string;
  say(line: string): void;
}

/**
 * Brings a version about, by its strategy. Every step looks at what there is, so that it may be run again after any cut. Rejects with a
 * RolloutFailure, or a StatusError where the API refuses something.
 */
export async function deploy(options: DeployOptions): Promise<void> {
  const { client, clock, namespace, name, say, signal } = options;
  const ref = { group: '', version: 'v1', resource: 'replicationcontrollers', namespace, name };
  const isRetryable = (error: unknown): boolean => !(error instanceof StatusError) || error.code >= 500;
  const backoff = { base: 100, cap: 2000, jitter: 0.5 };
  const controller = await retry(() => client.get<ReplicationController>(ref), {
    backoff,
    timeout: 600_000,
    isRetryable,
    clock,
    signal,
  });
  const config = decodeConfig(controller);
  if (config === undefined) throw new RolloutFailure(`replication controller "${name}" holds no deployment config`);
  const { strategy } = config.spec;
  const controllers = await watchControllers(options, namespace, configNameOf(controller));
  const seconds = strategy.activeDeadlineSeconds ?? MAX_DEPLOYER_SECONDS;
  const desired = desiredReplicasOf(controller);
  const rollout: Rollout = { ...options, config, controllers, desired, deadline: clock.now() + seconds * 1000 };
  const recreate = strategy.type === 'Recreate' || (strategy.type === 'Custom' && strategy.rollingParams === undefined);
  if (recreate) await recreateStrategy(rollout, strategy.recreateParams ?? {});
  else await rollingStrategy(rollout, strategy.rollingParams ?? {});
  say('--> Success');
}
