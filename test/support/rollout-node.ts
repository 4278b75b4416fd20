import { systemClock } from '../../lib/common/clock.ts';
import { silentLog } from '../../lib/common/log.ts';
import type { KubeObject } from '../../lib/platform/api/meta.ts';
import { DEPLOYER_POD_FOR, DEPLOYER_POD_TYPE } from '../../lib/platform/api/openshift-apps/rollout-annotations.ts';
import { isConflict, isNotFound } from '../../lib/platform/api/status-error.ts';
import type { Client } from '../../lib/platform/client/client.ts';
import { createInformer } from '../../lib/platform/client/informer.ts';
import { PODS, refTo } from '../../lib/platform/controllers/resources.ts';
import { deploy } from '../../lib/platform/deployer/deploy.ts';

/** A node on paper for pods of deployment configs: the deployer's program really runs, here; everything else only says that it does. */
export interface RolloutNode extends AsyncDisposable {
  /** What the deployers have said, in order. */
  readonly lines: string[];
  /** What becomes of pods of hooks, by their names. @default they succeed */
  readonly hooks: Map<string, 'Succeeded' | 'Failed' | 'Running'>;
  /** Images whose pods never get ready. */
  readonly broken: Set<string>;
  /** Ends the deployer of a version in the middle of its work, as a crash would. */
  kill(version: string): void;
}

export async function startRolloutNode(client: Client, namespace: string): Promise<RolloutNode> {
  const lines: string[] = [];
  const hooks = new Map<string, 'Succeeded' | 'Failed' | 'Running'>();
  const broken = new Set<string>();
  const stop = new AbortController();
  const deployers = new Map<string, AbortController>();
  const work: Promise<void>[] = [];

  const setStatus = async (pod: KubeObject, status: object): Promise<void> => {
    for (;;) {
      try {
        const live = await client.get(refTo(PODS, pod));
        if (live.metadata.uid !== pod.metadata.uid) return;
        await client.update(refTo(PODS, pod, 'status'), { ...live, status: { ...live['status'], ...status } });
        return;
      } catch (error) {
        if (isNotFound(error)) return;
        if (!isConflict(error)) throw error;
      }
    }
  };

  const runDeployer = async (pod: KubeObject): Promise<void> => {
    const ending = new AbortController();
    const name = pod.metadata.labels![DEPLOYER_POD_FOR]!;
    deployers.set(name, ending);
    await setStatus(pod, { phase: 'Running' });
    const signal = AbortSignal.any([stop.signal, ending.signal]);
    const say = (line: string): void => void lines.push(line);
    try {
      await deploy({ client, clock: systemClock, log: silentLog, signal, namespace, name, say });
      await setStatus(pod, { phase: 'Succeeded' });
    } catch (error) {
      if (stop.signal.aborted) return;
      lines.push(`error: ${(error as Error).message}`);
      await setStatus(pod, { phase: 'Failed' });
    }
  };

  const run = async (pod: KubeObject): Promise<void> => {
    const labels = pod.metadata.labels ?? {};
    if (labels[DEPLOYER_POD_TYPE] !== undefined) return setStatus(pod, { phase: hooks.get(pod.metadata.name!) ?? 'Succeeded' });
    if (labels[DEPLOYER_POD_FOR] !== undefined) return runDeployer(pod);
    const image = pod.spec.containers[0].image as string;
    const lastTransitionTime = new Date().toISOString();
    const ready = broken.has(image) ? [] : [{ type: 'Ready', status: 'True', lastTransitionTime }];
    return setStatus(pod, { phase: 'Running', conditions: ready });
  };

  const changed = (pod: KubeObject, old?: KubeObject): void => {
    const labels = pod.metadata.labels ?? {};
    if (pod.metadata.deletionTimestamp !== undefined && old?.metadata.deletionTimestamp === undefined) {
      deployers.get(pod.metadata.name!.replace(/-deploy$/, ''))?.abort(new Error('deleted'));
      work.push(
        client.delete(refTo(PODS, pod), { gracePeriodSeconds: 0 }).then(
          () => undefined,
          () => undefined,
        ),
      );
    }
    // The deadline by which rollouts are cancelled.
    if (pod.spec['activeDeadlineSeconds'] === 1 && old?.spec['activeDeadlineSeconds'] !== 1) {
      deployers.get(labels[DEPLOYER_POD_FOR] ?? '')?.abort(new Error('deadline'));
      work.push(setStatus(pod, { phase: 'Failed', reason: 'DeadlineExceeded' }));
    }
  };

  const informer = createInformer(client, PODS, { namespace, log: silentLog });
  informer.addHandler({ added: (pod) => void work.push(run(pod)), updated: changed });
  const following = informer.run(stop.signal);
  await informer.synced();
  return {
    lines,
    hooks,
    broken,
    kill: (version) => deployers.get(version)?.abort(new Error('killed')),
    [Symbol.asyncDispose]: async () => {
      stop.abort(new Error('the test is over'));
      await following;
      await Promise.allSettled(work);
    },
  };
}
