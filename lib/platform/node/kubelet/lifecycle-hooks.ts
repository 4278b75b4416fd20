import type { Clock } from '../../../common/clock.ts';
import type { ContainerRuntime } from '../../runtime/container-runtime.ts';
import type { Container, LifecycleHandler } from './types/container-types.ts';
import { execProbe, httpProbe, tcpProbe } from './probes/probe-actions.ts';

const HTTP_TIMEOUT_MS = 30_000;

/** Runs a hook. Resolves with undefined, or with why it failed in kubelet's words. Ends early with the signal. */
export async function runHook(
  hook: LifecycleHandler,
  at: {
    readonly runtime: ContainerRuntime;
    readonly clock: Clock;
    readonly container: Container;
    readonly id: string;
    readonly podIP: string;
    /** ms */
    readonly timeout: number;
    readonly signal: AbortSignal;
  },
): Promise<string | undefined> {
  const { runtime, clock, container, id, podIP, timeout, signal } = at;
  if (hook.sleep !== undefined) {
    await clock.sleep(Math.min(timeout, hook.sleep.seconds * 1000), signal).catch(() => undefined);
    return undefined;
  }
  const outcome =
    hook.exec !== undefined
      ? await execProbe(runtime, id, hook.exec.command ?? [], timeout)
      : hook.httpGet !== undefined
        ? await httpProbe(hook.httpGet, podIP, container, Math.min(timeout, HTTP_TIMEOUT_MS))
        : hook.tcpSocket !== undefined
          ? await tcpProbe(hook.tcpSocket, podIP, container, Math.min(timeout, HTTP_TIMEOUT_MS))
          : { ok: true, output: '' };
  if (outcome.ok) return undefined;
  return hook.exec === undefined
    ? outcome.output
    : `command '${(hook.exec.command ?? []).join(' ')}' failed: ${outcome.output.trim()}`;
}
