import { randomUUID } from 'node:crypto';
import type { Clock } from '../../common/clock.ts';
import { errorText } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import type { KubeObject } from '../api/meta.ts';
import type { GroupVersionResource } from '../api/verbs.ts';
import type { Client } from '../client/client.ts';
import { createEventRecorder } from '../client/event-recorder.ts';
import type { Informer } from '../client/informer.ts';
import type { Lister } from '../client/lister.ts';
import { keyOf } from '../client/object-store.ts';
import { createWorkQueue, type WorkQueue, type WorkQueueMetrics } from '../client/work-queue.ts';
import { isAlreadyExists, isConflict, isForbiddenByTermination, isNotFound } from './api-errors.ts';
import { type ControllerDefinition, type DefinedWatches, type ReconcileContext, TerminalError } from './define-controller.ts';
import { keyOfKind, SharedInformers } from './shared-informers.ts';

export interface RunOptions {
  readonly client: Client;
  readonly log: Log;
  readonly clock: Clock;
  /** Aborting stops everything: keys in work are finished, the rest is dropped. */
  readonly signal: AbortSignal;
  /** Told once with a way to read each controller's queue, for the metrics endpoint. */
  readonly onQueues?: (read: () => ReadonlyMap<string, WorkQueueMetrics>) => void;
}

/**
 * Runs the controllers until the signal aborts: one informer per kind, shared by all; one queue per controller; workers
 * that call reconcile, with back-off after errors. Resolves when the last worker is done; never rejects.
 */
export async function runControllers(definitions: readonly ControllerDefinition[], options: RunOptions): Promise<void> {
  const informers = new SharedInformers(options);
  const running = definitions.map((definition) => new RunningController(definition, informers, options));
  options.onQueues?.(() => new Map(running.map((controller) => [controller.name, controller.queue.metrics()])));
  const informing = informers.run();
  await Promise.all(running.map((controller) => controller.run()));
  await informing;
}

class RunningController {
  readonly queue: WorkQueue;
  readonly #definition: ControllerDefinition;
  readonly #informers: SharedInformers;
  readonly #needed: readonly Informer[];
  readonly #defined = new Set<Informer>();
  readonly #options: RunOptions;
  readonly #log: Log;
  readonly #context: Omit<ReconcileContext, 'log'>;

  constructor(definition: ControllerDefinition, informers: SharedInformers, options: RunOptions) {
    const { client, clock, signal } = options;
    this.#definition = definition;
    this.#informers = informers;
    this.#options = options;
    this.#log = options.log.child({ controller: definition.name });
    this.queue = createWorkQueue({ clock });
    const watched = [
      definition.for ?? [],
      definition.owns ?? [],
      (definition.watches ?? []).map((watch) => watch.of),
      definition.defined?.of ?? [],
    ].flat();
    this.#needed = [...new Set(watched.map((of) => informers.of(of)))];
    const recorder = createEventRecorder(client, {
      component: definition.component ?? definition.name,
      clock,
      log: this.#log,
      signal,
    });
    const lister = <T extends KubeObject>(of: GroupVersionResource): Lister<T> => informers.of(of).lister as Lister<T>;
    this.#context = { client, clock, signal, recorder, lister };
    this.#subscribe();
  }

  get name(): string {
    return this.#definition.name;
  }

  #subscribe(): void {
    const { for: subject, owns = [], watches = [] } = this.#definition;
    if (subject !== undefined) this.#follow(subject, (object) => [keyOf(object)]);
    for (const owned of owns) this.#follow(owned, (object) => this.#ownerKeys(object));
    for (const watch of watches) this.#follow(watch.of, (object) => watch.map(object, this.#context), watch.changed);
    if (this.#definition.defined !== undefined) this.#followDefined(this.#definition.defined);
  }

  /** Follows kinds as the objects that define them come, change and go. */
  #followDefined({ of, kinds, watch, gone }: DefinedWatches): void {
    const running = new Map<string, { kind: GroupVersionResource; informer: Informer; stop: () => void }>();
    const wanted = new Map<string, readonly GroupVersionResource[]>();
    const settle = (): void => {
      const there = new Map([...wanted.values()].flat().map((kind) => [keyOfKind(kind), kind]));
      for (const [key, { kind, informer, stop }] of running) {
        if (there.has(key)) continue;
        stop();
        running.delete(key);
        // In another version it is the same objects still.
        const stays = there.values().some((other) => other.group === kind.group && other.resource === kind.resource);
        for (const each of (stays ? undefined : gone?.(kind, informer.lister.list())) ?? []) this.queue.add(each);
      }
      for (const [key, kind] of there) {
        if (running.has(key)) continue;
        const started = this.#informers.start(kind);
        running.set(key, { kind, ...started });
        const { map, changed } = watch(kind);
        this.#follow(kind, (object) => map(object, this.#context), changed);
        this.#defined.add(started.informer);
      }
    };
    const set = (object: KubeObject): void => {
      wanted.set(keyOf(object), kinds(object));
      settle();
    };
    this.#informers.of(of).addHandler({
      added: set,
      updated: set,
      deleted: (object) => {
        wanted.delete(keyOf(object));
        settle();
      },
    });
  }

  #follow(
    of: GroupVersionResource,
    keys: (object: KubeObject) => readonly string[],
    changed?: (object: KubeObject, old: KubeObject) => boolean,
  ): void {
    const enqueue = (object: KubeObject): void => {
      for (const key of keys(object)) this.queue.add(key);
    };
    this.#informers.of(of).addHandler({
      added: enqueue,
      updated: (object, old) => {
        if (changed?.(object, old) === false) return;
        enqueue(old);
        enqueue(object);
      },
      deleted: enqueue,
    });
  }

  /** The controlling owner, when our cache knows it under that uid: its own arrival enqueues it otherwise. */
  #ownerKeys(object: KubeObject): readonly string[] {
    const owner = object.metadata.ownerReferences?.find((reference) => reference.controller === true);
    if (owner === undefined) return [];
    const { lister } = this.#informers.of(this.#definition.for!);
    const found = lister.get(object.metadata.namespace, owner.name) ?? lister.get(undefined, owner.name);
    return found !== undefined && found.metadata.uid === owner.uid ? [keyOf(found)] : [];
  }

  async run(): Promise<void> {
    const { signal, clock } = this.#options;
    try {
      await Promise.all(this.#needed.map((informer) => informer.synced(signal)));
      // Those that the first list has brought.
      await Promise.all([...this.#defined].map((informer) => informer.synced(signal)));
    } catch {
      return;
    }
    const stop = (): void => this.queue.shutDown();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    for (const key of this.#definition.seeds ?? []) this.queue.add(key);
    const { resync } = this.#definition;
    if (resync !== undefined) void this.#resync(resync, clock, signal);
    await Promise.all(Array.from({ length: this.#definition.concurrency ?? 1 }, () => this.#work()));
  }

  async #resync(every: number, clock: Clock, signal: AbortSignal): Promise<void> {
    const { lister } = this.#informers.of(this.#definition.for!);
    while (!signal.aborted) {
      await clock.sleep(every, signal).catch(() => undefined);
      for (const object of lister.list()) this.queue.add(keyOf(object));
    }
  }

  async #work(): Promise<void> {
    for (let key = await this.queue.next(); key !== undefined; key = await this.queue.next()) {
      if (!this.#options.signal.aborted) await this.#reconcile(key);
      this.queue.done(key);
    }
  }

  async #reconcile(key: string): Promise<void> {
    const log = this.#log.child({ reconcileID: randomUUID(), object: key });
    try {
      const result = await this.#definition.reconcile(key, { ...this.#context, log });
      this.queue.forget(key);
      if (result?.requeueAfter !== undefined) this.queue.addAfter(key, result.requeueAfter);
    } catch (error) {
      this.#failed(key, error, log);
    }
  }

  #failed(key: string, error: unknown, log: Log): void {
    if (this.#options.signal.aborted) return;
    if (error instanceof TerminalError) {
      this.queue.forget(key);
      log.error({ error: errorText(error) }, 'reconcile failed for good');
      return;
    }
    this.queue.addRateLimited(key);
    const keys = { error: errorText(error), failures: this.queue.failures(key) };
    if (isLostRace(error, keys.failures)) log.debug(keys, 'reconcile lost a race');
    else log.error(keys, 'reconcile failed');
  }
}

/** Failures, 0.6 s by then with the queue's back-off, after which a cache that is behind is no longer the likely reason. */
const CACHE_CATCHES_UP = 8;

/**
 * A stale cache loses a compare-and-swap now and then, makes what is there or changes what is gone: that is how it is meant
 * to work, and its next news mends it; so with what a namespace needs no longer that has begun to go. What is there, gone or
 * going for good is a failure like any other.
 */
const isLostRace = (error: unknown, failures: number): boolean =>
  isConflict(error) ||
  ((isAlreadyExists(error) || isNotFound(error) || isForbiddenByTermination(error)) && failures < CACHE_CATCHES_UP);
