import { errorText } from '../../common/errors.ts';
import type { KubeObject } from '../api/meta.ts';
import type { LifecycleHook } from '../api/openshift-apps/deployment-config-types.ts';
import { hookPodName } from '../api/openshift-apps/rollout-annotations.ts';
import { isAlreadyExists, isNotFound } from '../api/status-error.ts';
import { persistently } from './api-retry.ts';
import { hookPod } from './hook-pod.ts';
import { type Rollout, RolloutFailure } from './rollout.ts';
import { tagImages } from './tag-images.ts';

const PODS = { group: '', version: 'v1', resource: 'pods' } as const;
/** Between two looks at a hook's pod, in ms. */
const INTERVAL = 250;
/** Before tags that could not be written are tried again, in ms. */
const RETRY_TAGS = 2000;

type HookName = 'pre' | 'mid' | 'post';

/** Runs a hook and does as its failure policy says. Rejects with a RolloutFailure when that ends the rollout. */
export async function runHook(rollout: Rollout, name: HookName, hook: LifecycleHook | undefined): Promise<void> {
  if (hook === undefined) return;
  const { say, clock, signal, deadline } = rollout;
  for (;;) {
    try {
      if (hook.execNewPod !== undefined) await runPod(rollout, name, hook);
      else await tagImages(rollout, name, hook.tagImages ?? []);
      say(`--> ${name}: Success`);
      return;
    } catch (error) {
      signal.throwIfAborted();
      const why = errorText(error);
      say(`--> ${name}: Failed: ${why}`);
      if (hook.failurePolicy === 'Ignore') return say(`--> ${name}: The failure is ignored`);
      // The pod of a hook that is tried again is started again by its node.
      if (hook.failurePolicy !== 'Retry' || hook.execNewPod !== undefined || clock.now() + RETRY_TAGS > deadline)
        throw new RolloutFailure(`${name} hook failed: ${why}`, { cause: error });
      await clock.sleep(RETRY_TAGS, signal);
    }
  }
}

async function runPod(rollout: Rollout, name: HookName, hook: LifecycleHook): Promise<void> {
  const { client, clock, signal, namespace, say } = rollout;
  const pod = hookPodName(rollout.name, name);
  say(`--> ${name}: Running hook pod ...`);
  await persistently(rollout, async () => {
    try {
      await client.create({ ...PODS, namespace }, hookPod(rollout, name, hook));
    } catch (error) {
      // Made by an attempt whose answer was lost.
      if (!isAlreadyExists(error)) throw error;
    }
  });
  for (;;) {
    const live = await persistently(rollout, () => unlessGone(client.get({ ...PODS, namespace, name: pod })));
    if (live === undefined) throw new RolloutFailure(`pod ${pod} is gone`);
    if (live.status?.phase === 'Succeeded') return;
    if (live.status?.phase === 'Failed') throw new RolloutFailure(whyFailed(live));
    await clock.sleep(INTERVAL, signal);
  }
}

async function unlessGone(call: Promise<KubeObject>): Promise<KubeObject | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function whyFailed({ metadata, status }: KubeObject): string {
  const exit = status?.containerStatuses?.[0]?.state?.terminated as { exitCode?: number; reason?: string } | undefined;
  const code = exit?.exitCode === undefined ? '' : `: exit code ${exit.exitCode}`;
  const reason = status?.reason === undefined ? '' : `: ${status.reason}`;
  return `pod ${metadata.name} failed${code}${reason}; see its log`;
}
