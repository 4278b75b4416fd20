import type { KubeObject } from '../api/meta.ts';
import { persistently } from './api-retry.ts';
import { availableOf, type ReplicationController, type Rollout, RolloutFailure, sizeOf } from './rollout.ts';

/** How long the watch may take to show what has been written, in ms, before it is looked at again. */
const LOOK_AGAIN = 1000;

/** Gives a replication controller another size. Resolves when the watch shows it. */
export async function scaleTo(rollout: Rollout, name: string, replicas: number): Promise<void> {
  const { client, namespace, controllers } = rollout;
  const ref = { group: '', version: 'v1', resource: 'replicationcontrollers', namespace, name, subresource: 'scale' };
  await persistently(rollout, async () => {
    const scale = await client.get<KubeObject>(ref);
    if ((scale.spec?.replicas ?? 0) !== replicas) await client.update(ref, { ...scale, spec: { ...scale.spec, replicas } });
  });
  for (;;) {
    const known = controllers.get(name);
    if (known === undefined || sizeOf(known) === replicas) return;
    await controllers.changed(LOOK_AGAIN);
  }
}

/** Waits until so many pods of the version are available. Rejects with a RolloutFailure when nothing has come of it for `seconds`. */
export async function untilAvailable(rollout: Rollout, replicas: number, seconds: number): Promise<void> {
  const { clock, controllers, name } = rollout;
  let best = -1;
  let since = clock.now();
  for (;;) {
    const available = availableOf(current(rollout));
    if (available >= replicas) return;
    if (available > best) [best, since] = [available, clock.now()];
    const left = since + seconds * 1000 - clock.now();
    if (left <= 0)
      throw new RolloutFailure(
        `pods for rc '${rollout.namespace}/${name}' took longer than ${seconds} seconds to become available`,
      );
    await controllers.changed(Math.min(left, LOOK_AGAIN * 10));
  }
}

/** The version's own replication controller. */
export function current({ controllers, name }: Rollout): ReplicationController {
  const found = controllers.get(name);
  if (found === undefined) throw new RolloutFailure(`replication controller "${name}" is gone`);
  return found;
}

/** Those of other versions that have pods, the largest first. */
export const others = ({ controllers, name }: Rollout): ReplicationController[] =>
  controllers
    .list()
    .filter((each) => each.metadata.name !== name && sizeOf(each) > 0)
    .toSorted((a, b) => sizeOf(b) - sizeOf(a));
