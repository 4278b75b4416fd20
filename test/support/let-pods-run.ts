import { isActive, isReady, type Pod } from '../../lib/platform/controllers/core-types.ts';
import { PODS, refTo } from '../../lib/platform/controllers/resources.ts';
import type { ControllerRig } from './run-controllers.ts';

/** Does once what a kubelet would do: what is to run gets ready, what is to end is gone. `which` leaves some pods as they are. */
export async function letPodsRun(
  rig: ControllerRig,
  namespace: string,
  which: (pod: Pod) => boolean = () => true,
): Promise<void> {
  const lastTransitionTime = new Date(rig.verbs.clock.now()).toISOString();
  for (const pod of await rig.list<Pod>(PODS, namespace)) {
    if (!which(pod)) continue;
    if (pod.metadata.deletionTimestamp !== undefined)
      await rig.verbs.delete(refTo(PODS, pod), { gracePeriodSeconds: 0 }).catch(() => undefined);
    else if (isActive(pod) && !isReady(pod))
      await rig
        .setStatus(PODS, pod, { phase: 'Running', conditions: [{ type: 'Ready', status: 'True', lastTransitionTime }] })
        .catch(() => undefined);
  }
}
