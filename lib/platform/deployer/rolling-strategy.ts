import type { RollingParams } from '../api/openshift-apps/deployment-config-types.ts';
import { runHook } from './hooks.ts';
import { limitsOf, planDown, planUp, type Step } from './rolling-plan.ts';
import { availableOf, type Rollout, RolloutFailure, sizeOf } from './rollout.ts';
import { current, others, scaleTo } from './scale-controller.ts';

/** Pod by pod: the new version grows as far as the surge allows, the old ones shrink as far as enough pods serve. */
export async function rollingStrategy(rollout: Rollout, params: RollingParams): Promise<void> {
  await runHook(rollout, 'pre', params.pre);
  await roll(rollout, params);
  await runHook(rollout, 'post', params.post);
}

async function roll(rollout: Rollout, params: RollingParams): Promise<void> {
  const { clock, controllers, desired, name, say, signal } = rollout;
  const { timeoutSeconds = 600, updatePeriodSeconds = 1 } = params;
  const limits = limitsOf(params, desired);
  const old = others(rollout).map((each) => `${each.metadata.name} from ${sizeOf(each)} to 0`);
  say(
    `--> Scaling up ${name} from ${sizeOf(current(rollout))} to ${desired}${old.length === 0 ? '' : `, scaling down ${old.join(', ')}`} (keep ${limits.available} pods available, don't exceed ${limits.most} pods)`,
  );
  let best = '';
  let since = clock.now();
  for (let ups = 0; ;) {
    const rest = others(rollout);
    if (sizeOf(current(rollout)) === desired && availableOf(current(rollout)) >= desired && rest.length === 0) return;
    const up = planUp(current(rollout), rest, limits);
    if (up !== undefined) {
      // The first is not waited for, and nobody waits after the last.
      if (ups++ > 0) await clock.sleep(updatePeriodSeconds * 1000, signal);
      await take(rollout, up);
    }
    const down = planDown(current(rollout), others(rollout), limits);
    for (const step of down) await take(rollout, step);
    const seen = progress(rollout);
    if (seen !== best) [best, since] = [seen, clock.now()];
    if (up !== undefined || down.length > 0) continue;
    const left = since + timeoutSeconds * 1000 - clock.now();
    if (left <= 0) throw new RolloutFailure('timed out waiting for any update progress to be made');
    await controllers.changed(Math.min(left, (params.intervalSeconds ?? 1) * 1000));
  }
}

async function take(rollout: Rollout, { name, from, to }: Step): Promise<void> {
  rollout.say(`    Scaling ${name} ${to > from ? 'up' : 'down'} to ${to}`);
  await scaleTo(rollout, name, to);
}

/** What changes as long as it goes on. */
const progress = (rollout: Rollout): string =>
  rollout.controllers
    .list()
    .map((each) => `${each.metadata.name}:${sizeOf(each)}:${availableOf(each)}`)
    .sort()
    .join(' ');
