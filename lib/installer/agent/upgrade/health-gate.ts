import { setTimeout as delay } from 'node:timers/promises';
import { errorText } from '../../../common/errors.ts';
import { Patience, type PatienceOptions } from '../../../common/patience.ts';
import { readAccess } from '../handlers/api-access.ts';
import { platformHealth } from '../handlers/platform-health.ts';
import { tryPod } from '../handlers/trial-pod.ts';
import { listPods, lostContainers } from './running-containers.ts';
import type { RunningContainer } from './upgrade-record.ts';

/** What a version has to show before it is kept. */
export interface GateOptions {
  readonly kubeconfig: string;
  /** Of the trial pod. */
  readonly image: string;
  /** How long it may take to show it. */
  readonly patience: PatienceOptions;
  /** What must still run. */
  readonly containers: readonly RunningContainer[];
  /** How often the daemon has been started again by whoever keeps it running. */
  readonly restarts: () => Promise<number>;
  readonly progress: (line: string) => void;
}

/** Starts after which a daemon that keeps ending is given up before its time is over. */
const enoughCrashes = 4;

/**
 * Waits until the API is ready, the node is Ready, a new pod has run and answered, and every container that ran before still does.
 * Answers nothing then, else why not: at once for what no waiting can mend.
 */
export async function passHealthGate(options: GateOptions): Promise<string> {
  const patience = new Patience(options.patience);
  const before = await options.restarts();
  let told = '';
  for (;;) {
    const looked = performance.now();
    const { passed, final, reason } = await look(options);
    if (passed) return '';
    if (final) return reason;
    const crashes = (await options.restarts()) - before;
    if (crashes > enoughCrashes) return `it ended ${crashes} times: ${reason}`;
    if (patience.isOver(reason)) return `not healthy after ${Math.round(patience.waited / 1000)} s: ${reason}`;
    if (reason !== told) options.progress(`waiting: ${(told = reason)}`);
    // Looking takes half of the time at most: what it looks for needs the processors too.
    await delay(Math.max(150, performance.now() - looked));
  }
}

async function look({ kubeconfig, image, containers }: GateOptions) {
  const not = (reason: string, final = false) => ({ passed: false, final, reason });
  const { ready, nodeReady, reason } = await platformHealth(kubeconfig);
  if (!ready || !nodeReady) return not(reason);
  try {
    const access = await readAccess(kubeconfig);
    // The node's condition may be of the daemon before: a pod that runs is the new one's work.
    const trial = await tryPod(access, image);
    const lost = await lostContainers(containers, await listPods(access));
    if (lost !== '') return not(lost, true);
    return trial.answered ? { passed: true, final: true, reason: '' } : not(trial.reason);
  } catch (error) {
    return not(errorText(error));
  }
}
