import { type Clock, systemClock } from '../../common/clock.ts';
import { errorText } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import { type Backoff, backoffDelay } from '../../common/retry.ts';
import type { KubeObject, WatchEvent } from '../api/meta.ts';
import { isExpired, type Status, StatusError } from '../api/status-error.ts';
import type { GroupVersionResource, ListOptions, ResourceRef } from '../api/verbs.ts';
import type { Client } from './client.ts';
import { deepFreeze } from './freeze.ts';
import type { Informer, InformerHandler, InformerOptions } from './informer.ts';
import type { Lister } from './lister.ts';
import { keyOf, ObjectStore } from './object-store.ts';

/** What a failed reconnect waits: at once after a hiccup, never long enough for a user to notice once the server is back. */
const RECONNECT: Backoff = { base: 100, cap: 5_000, jitter: 0.5 };
/** A watch that ends sooner than this without a single event did not really work: the next one waits. */
const SHORT_WATCH = 1_000;

/** An informer by list and watch (client-go tools/cache Reflector and SharedInformer). */
export class ListWatchInformer<T extends KubeObject> implements Informer<T> {
  readonly #client: Client;
  readonly #of: GroupVersionResource;
  readonly #options: InformerOptions;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #store = new ObjectStore<T>();
  readonly #handlers: InformerHandler<T>[] = [];
  readonly #firstList = Promise.withResolvers<void>();
  #synced = false;
  #resourceVersion: string | undefined;

  constructor(client: Client, of: GroupVersionResource, options: InformerOptions) {
    this.#client = client;
    this.#of = of;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#log = options.log.child({ informer: of.group === '' ? of.resource : `${of.resource}.${of.group}` });
  }

  get lister(): Lister<T> {
    return this.#store;
  }

  addHandler(handler: InformerHandler<T>): void {
    this.#handlers.push(handler);
    for (const object of this.#store.list()) this.#call(() => handler.added?.(object));
  }

  hasSynced(): boolean {
    return this.#synced;
  }

  async synced(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (signal === undefined || this.#synced) return this.#firstList.promise;
    const aborted = Promise.withResolvers<never>();
    const abort = (): void => aborted.reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    try {
      await Promise.race([this.#firstList.promise, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  async run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted;) {
      const started = this.#clock.monotonic();
      let events = 0;
      try {
        if (this.#resourceVersion === undefined) await this.#list();
        if (signal.aborted) return;
        events = await this.#watch(signal);
        failures = events === 0 && this.#clock.monotonic() - started < SHORT_WATCH ? failures + 1 : 0;
      } catch (error) {
        if (signal.aborted) return;
        failures = this.#failed(error, this.#clock.monotonic() - started < SHORT_WATCH ? failures : 0);
      }
      if (failures > 0) await this.#clock.sleep(backoffDelay(RECONNECT, failures - 1), signal).catch(() => undefined);
    }
  }

  /** Notes what to do next after a failure, and returns the number of failures in a row. */
  #failed(error: unknown, failures: number): number {
    // Unreachable or overloaded: the place in the stream is still good. Anything else (410, a version the server does not
    // know yet, a broken frame) is cured by a new list.
    const keepsPlace = error instanceof StatusError && (error.code === 503 || error.code === 429 || error.code === 401);
    if (!keepsPlace) this.#resourceVersion = undefined;
    if (isExpired(error)) this.#log.debug({}, 'watch expired, listing again');
    else if (failures === 0) this.#log.warn({ error: errorText(error) }, 'watch failed, retrying');
    return failures + 1;
  }

  #ref(): ResourceRef {
    return this.#options.namespace === undefined ? this.#of : { ...this.#of, namespace: this.#options.namespace };
  }

  #selectors(): ListOptions {
    const { labelSelector, fieldSelector } = this.#options;
    return {
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
    };
  }

  /** Replaces the cache by what the server has, and tells the handlers the difference. */
  async #list(): Promise<void> {
    const list = await this.#client.list<T>(this.#ref(), this.#selectors());
    const gone = new Set(this.#store.keys());
    for (const item of list.items) {
      const object = this.#complete(item, list.apiVersion, list.kind);
      gone.delete(keyOf(object));
      this.#put(object);
    }
    for (const key of gone) this.#remove(key);
    this.#resourceVersion = list.metadata.resourceVersion;
    this.#synced = true;
    this.#firstList.resolve();
  }

  /** Items of a list may come without apiVersion and kind (a real API server leaves them out); handlers need them. */
  #complete(item: T, apiVersion: string, listKind: string): T {
    if (item.kind !== undefined && item.kind !== '') return deepFreeze(item);
    return deepFreeze({ ...item, apiVersion, kind: listKind.replace(/List$/, '') });
  }

  /** Follows one watch to its end and returns how many events it brought. */
  async #watch(signal: AbortSignal): Promise<number> {
    let events = 0;
    const stream = this.#client.watch<T>(this.#ref(), {
      ...this.#selectors(),
      resourceVersion: this.#resourceVersion!,
      allowWatchBookmarks: true,
      // Spread out, so that many informers do not come back in the same second.
      timeoutSeconds: 300 + Math.floor(Math.random() * 300),
      signal,
    });
    for await (const event of stream) {
      if (signal.aborted) break;
      events++;
      this.#apply(event);
    }
    return events;
  }

  #apply(event: WatchEvent<T>): void {
    if (event.type === 'ERROR') throw new StatusError(event.object as unknown as Status);
    const object = deepFreeze(event.object);
    if (event.type === 'ADDED' || event.type === 'MODIFIED') this.#put(object);
    else if (event.type === 'DELETED') this.#remove(keyOf(object), object);
    this.#resourceVersion = object.metadata.resourceVersion ?? this.#resourceVersion;
  }

  #put(object: T): void {
    const key = keyOf(object);
    const known = this.#store.byKey(key);
    if (known !== undefined && known.metadata.resourceVersion === object.metadata.resourceVersion) return;
    const old = this.#store.put(key, object);
    // The same name with another uid is another object: handlers that follow uids must see the first one go.
    if (old !== undefined && old.metadata.uid !== object.metadata.uid) {
      this.#tell((handler) => handler.deleted?.(old));
      this.#tell((handler) => handler.added?.(object));
    } else if (old === undefined) this.#tell((handler) => handler.added?.(object));
    else this.#tell((handler) => handler.updated?.(object, old));
  }

  #remove(key: string, last?: T): void {
    const old = this.#store.remove(key);
    if (old !== undefined) this.#tell((handler) => handler.deleted?.(last ?? old));
  }

  #tell(call: (handler: InformerHandler<T>) => void): void {
    for (const handler of this.#handlers) this.#call(() => call(handler));
  }

  /** A handler that throws is a bug of its owner; the cache and the other handlers must not suffer for it. */
  #call(handler: () => void): void {
    try {
      handler();
    } catch (error) {
      this.#log.error(
        { error: errorText(error), stack: error instanceof Error ? error.stack : undefined },
        'informer handler threw',
      );
    }
  }
}
