import { errorText } from '../../../../common/errors.ts';
import type { Clock } from '../../../../common/clock.ts';
import type { Log } from '../../../../common/log.ts';
import { type Backoff, backoffDelay } from '../../../../common/retry.ts';
import { isConflict, isNotFound, StatusError } from '../../../api/status-error.ts';
import type { Client } from '../../../client/client.ts';
import type { Pod } from '../types/pod-types.ts';
import type { PodCondition, PodStatus } from '../types/pod-status-types.ts';
import { OWN_CONDITIONS } from './pod-conditions.ts';

const PODS = { group: '', version: 'v1', resource: 'pods' } as const;
const RETRY: Backoff = { base: 100, cap: 10_000, jitter: 0.3 };

/** Fields that are cleared when a newer status no longer has them. */
const CLEARED = ['reason', 'message', 'podIP', 'podIPs', 'hostIP', 'hostIPs', 'initContainerStatuses'] as const;

interface Entry {
  /** The pod as the API last answered. */
  pod: Pod;
  wanted: PodStatus;
  written: string | undefined;
  writing: Promise<boolean> | undefined;
  stopped: boolean;
}

/**
 * Writes pods' statuses: one request per pod at a time, always the newest status, again until it has been accepted.
 * Others' conditions are kept: each write names the resourceVersion it is based on, and starts from a fresh one on conflict.
 */
export class StatusWriter {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #entries = new Map<string, Entry>();

  constructor(client: Client, clock: Clock, log: Log) {
    this.#client = client;
    this.#clock = clock;
    this.#log = log;
  }

  /** The status that was set last, or the API's. */
  latest(pod: Pod): PodStatus {
    return this.#entries.get(pod.metadata.uid)?.wanted ?? pod.status ?? {};
  }

  /** Resolves with true once this or a newer status has been written; false when the pod is gone from the API. */
  set(pod: Pod, status: PodStatus, signal: AbortSignal): Promise<boolean> {
    const { uid } = pod.metadata;
    let entry = this.#entries.get(uid);
    if (entry === undefined) {
      const written = pod.status?.startTime === undefined ? undefined : JSON.stringify(pod.status);
      entry = { pod, wanted: status, written, writing: undefined, stopped: false };
      this.#entries.set(uid, entry);
    } else {
      entry.wanted = status;
      if (isNewer(pod, entry.pod)) entry.pod = pod;
    }
    if (entry.writing !== undefined) return entry.writing;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    // Set before the work begins: it may end, and clear it, within its first turn.
    entry.writing = promise;
    void this.#write(entry, signal).then(resolve);
    return promise;
  }

  forget(uid: string): void {
    const entry = this.#entries.get(uid);
    if (entry !== undefined) entry.stopped = true;
    this.#entries.delete(uid);
  }

  async #write(entry: Entry, signal: AbortSignal): Promise<boolean> {
    try {
      let stale = false;
      for (let failures = 0; !entry.stopped && !signal.aborted;) {
        const wanted = entry.wanted;
        const text = JSON.stringify(wanted);
        if (text === entry.written) return true;
        try {
          if (stale && !(await this.#refresh(entry))) return false;
          await this.#patch(entry, wanted);
          entry.written = text;
          stale = false;
          failures = 0;
        } catch (error) {
          if (isNotFound(error)) return false;
          if (isConflict(error) && !stale) {
            stale = true;
            continue;
          }
          this.#log.warn({ pod: key(entry.pod), error: errorText(error) }, 'pod status not written');
          if (error instanceof StatusError && error.code === 422) return false;
          await this.#clock.sleep(backoffDelay(RETRY, failures++), signal);
        }
      }
      return false;
    } catch (error) {
      if (!signal.aborted) this.#log.error({ pod: key(entry.pod), error: errorText(error) }, 'pod status given up');
      return false;
    } finally {
      entry.writing = undefined;
    }
  }

  async #patch(entry: Entry, wanted: PodStatus): Promise<void> {
    const { name, namespace, uid, resourceVersion } = entry.pod.metadata;
    const known = entry.pod.status ?? {};
    const status: Record<string, unknown> = {
      ...wanted,
      conditions: withForeign(wanted.conditions ?? [], known.conditions ?? []),
    };
    for (const field of CLEARED) if (wanted[field] === undefined && known[field] !== undefined) status[field] = null;
    entry.pod = await this.#client.patch<Pod>(
      { ...PODS, namespace, name, subresource: 'status' },
      'application/merge-patch+json',
      {
        metadata: { uid, resourceVersion },
        status,
      },
    );
  }

  /** False when the pod is gone, or another one has its name. */
  async #refresh(entry: Entry): Promise<boolean> {
    const { name, namespace, uid } = entry.pod.metadata;
    try {
      const pod = await this.#client.get<Pod>({ ...PODS, namespace, name });
      if (pod.metadata.uid !== uid) return false;
      entry.pod = pod;
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }
}

const key = (pod: Pod): string => `${pod.metadata.namespace}/${pod.metadata.name}`;

/** resourceVersions of one server are comparable as numbers (and since Kubernetes 1.35 by decree). */
const isNewer = (pod: Pod, than: Pod): boolean =>
  BigInt(pod.metadata.resourceVersion ?? '0') > BigInt(than.metadata.resourceVersion ?? '0');

/** Our conditions, and those of others as the API has them now. */
function withForeign(ours: readonly PodCondition[], known: readonly PodCondition[]): PodCondition[] {
  return [
    ...ours.filter((condition) => OWN_CONDITIONS.has(condition.type)),
    ...known.filter((condition) => !OWN_CONDITIONS.has(condition.type)),
  ];
}
