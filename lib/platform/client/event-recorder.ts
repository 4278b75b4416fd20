import { randomInt } from 'node:crypto';
import { type Clock, rfc3339, systemClock } from '../../common/clock.ts';
import { errorText } from '../../common/errors.ts';
import { type Log, silentLog } from '../../common/log.ts';
import { type Backoff, backoffDelay } from '../../common/retry.ts';
import type { KubeObject } from '../api/meta.ts';
import { isForbiddenByTermination, isNotFound, StatusError } from '../api/status-error.ts';
import type { ResourceRef } from '../api/verbs.ts';
import type { Client } from './client.ts';
import { EventCorrelator, type KnownEvent } from './event-correlator.ts';

/** Writes core/v1 Events about an object; the same event again raises its count (client-go tools/record). Never throws. */
export interface EventRecorder {
  /** `fieldPath` names a part of the object, e.g. `spec.containers{web}`. */
  event(about: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string, fieldPath?: string): void;
}

export interface EventRecorderOptions {
  /** Who reports, e.g. `kubelet` or `replication-controller`. */
  readonly component: string;
  /** The node it reports from. */
  readonly host?: string;
  readonly clock?: Clock;
  readonly log?: Log;
  /** Once aborted, what is not written yet is dropped: a shutdown does not wait for events. */
  readonly signal?: AbortSignal;
}

/** Events that wait to be written; more are dropped, since a recorder must cost its caller nothing. */
const QUEUE_LIMIT = 1000;
const ATTEMPTS = 6;
const RETRY: Backoff = { base: 200, cap: 5_000, jitter: 0.5 };
/** Kubernetes' own limit of an Event's message. */
const MESSAGE_LIMIT = 1024;

/** Events are written one after the other in the background, in the order they were given. */
export function createEventRecorder(client: Client, options: EventRecorderOptions): EventRecorder {
  return new BackgroundRecorder(client, options);
}

interface Pending {
  readonly about: KubeObject;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly fieldPath: string;
  readonly at: number;
}

class BackgroundRecorder implements EventRecorder {
  readonly #client: Client;
  readonly #options: EventRecorderOptions;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #correlator = new EventCorrelator();
  readonly #queue: Pending[] = [];
  #writing = false;
  /** Of an event's name; begins anywhere, since others may write of the same object in the same millisecond. */
  #sequence = randomInt(1_000_000);

  constructor(client: Client, options: EventRecorderOptions) {
    this.#client = client;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#log = options.log ?? silentLog;
  }

  event(about: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string, fieldPath = ''): void {
    if (this.#queue.length >= QUEUE_LIMIT || this.#stopped()) return;
    this.#queue.push({ about, type, reason, message, fieldPath, at: this.#clock.now() });
    if (this.#writing) return;
    this.#writing = true;
    // Later, not now: whoever reports is in the middle of something more urgent.
    setImmediate(() => void this.#drain());
  }

  #stopped(): boolean {
    return this.#options.signal?.aborted === true;
  }

  async #drain(): Promise<void> {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      if (this.#stopped()) continue;
      try {
        await this.#record(next);
      } catch (error) {
        if (this.#stopped()) continue;
        const keys = { reason: next.reason, error: errorText(error) };
        // Told of what goes with its namespace: nobody could have read it, and nothing is wrong.
        if (isForbiddenByTermination(error)) this.#log.debug(keys, 'event not recorded, its namespace goes');
        else this.#log.warn(keys, 'event not recorded');
      }
    }
    this.#writing = false;
  }

  async #record(pending: Pending): Promise<void> {
    const { kind, metadata } = pending.about;
    const namespace = metadata.namespace === undefined || metadata.namespace === '' ? 'default' : metadata.namespace;
    const { type, reason, at, fieldPath } = pending;
    const involved = { kind, name: metadata.name ?? '', uid: metadata.uid ?? '', fieldPath };
    const message = pending.message.slice(0, MESSAGE_LIMIT);
    const decided = this.#correlator.correlate({ namespace, involved, type, reason, message }, at);
    if (decided.action === 'drop') return;
    if (decided.action === 'update' && (await this.#raise(namespace, decided.entry, decided.message))) return;
    await this.#create(namespace, pending, decided.entry, decided.message);
  }

  /** Raises the count of a written Event; false when it is gone (events live for an hour). */
  async #raise(namespace: string, entry: KnownEvent, message: string): Promise<boolean> {
    const body = { count: entry.count, lastTimestamp: rfc3339(entry.lastAt), message };
    try {
      await this.#persist(() =>
        this.#client.patch({ ...EVENTS, namespace, name: entry.name! }, 'application/merge-patch+json', body),
      );
      return true;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      entry.count = 1;
      entry.firstAt = entry.lastAt;
      return false;
    }
  }

  async #create(namespace: string, pending: Pending, entry: KnownEvent, message: string): Promise<void> {
    const { about, type, reason, fieldPath } = pending;
    const { component, host } = this.#options;
    // client-go names events after the object and the time in nanoseconds; the sequence keeps two of one millisecond apart.
    const stamp = (BigInt(entry.firstAt) * 1_000_000n + BigInt(this.#sequence++ % 1_000_000)).toString(16);
    const name = `${about.metadata.name}.${stamp}`;
    await this.#persist(() =>
      this.#client.create(
        { ...EVENTS, namespace },
        {
          apiVersion: 'v1',
          kind: 'Event',
          metadata: { name, namespace },
          involvedObject: {
            kind: about.kind,
            apiVersion: about.apiVersion,
            name: about.metadata.name ?? '',
            ...(about.metadata.namespace === undefined ? {} : { namespace: about.metadata.namespace }),
            ...(about.metadata.uid === undefined ? {} : { uid: about.metadata.uid }),
            ...(about.metadata.resourceVersion === undefined ? {} : { resourceVersion: about.metadata.resourceVersion }),
            ...(fieldPath === '' ? {} : { fieldPath }),
          },
          reason,
          message,
          source: { component, ...(host === undefined ? {} : { host }) },
          firstTimestamp: rfc3339(entry.firstAt),
          lastTimestamp: rfc3339(entry.lastAt),
          count: entry.count,
          type,
          reportingComponent: component,
          reportingInstance: host ?? '',
        },
      ),
    );
    entry.name = name;
  }

  /** Tries again while the server cannot be reached; gives up at once on a refusal (a namespace that goes away). */
  async #persist(write: () => Promise<unknown>): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        await write();
        return;
      } catch (error) {
        const passing = error instanceof StatusError && (error.code >= 500 || error.code === 429);
        if (!passing || attempt + 1 >= ATTEMPTS) throw error;
        await this.#clock.sleep(backoffDelay(RETRY, attempt), this.#options.signal);
      }
    }
  }
}

const EVENTS: ResourceRef = { group: '', version: 'v1', resource: 'events' };
