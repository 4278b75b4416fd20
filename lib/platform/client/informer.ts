import type { Clock } from '../../common/clock.ts';
import type { Log } from '../../common/log.ts';
import type { KubeObject } from '../api/meta.ts';
import type { GroupVersionResource } from '../api/verbs.ts';
import type { Client } from './client.ts';
import { ListWatchInformer } from './list-watch-informer.ts';
import type { Lister } from './lister.ts';

/** What changed in the cache. Called in order, after the cache has changed; must not throw and must not wait. */
export interface InformerHandler<T extends KubeObject = KubeObject> {
  added?(object: T): void;
  updated?(object: T, old: T): void;
  deleted?(object: T): void;
}

/** A local copy of a collection, kept by list and watch (client-go tools/cache SharedInformer). */
export interface Informer<T extends KubeObject = KubeObject> {
  readonly lister: Lister<T>;
  /** A handler added late first hears `added` for all that is there. */
  addHandler(handler: InformerHandler<T>): void;
  hasSynced(): boolean;
  /** Resolves when the first list is in the cache; rejects with the signal's reason when aborted. */
  synced(signal?: AbortSignal): Promise<void>;
  /** Lists and watches until the signal aborts; reconnects with back-off, lists again after 410. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

export interface InformerOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly log: Log;
  readonly clock?: Clock;
}

export type CreateInformer = <T extends KubeObject = KubeObject>(
  client: Client,
  of: GroupVersionResource,
  options: InformerOptions,
) => Informer<T>;

/** See CreateInformer. One informer runs once. */
export const createInformer: CreateInformer = (client, of, options) => new ListWatchInformer(client, of, options);
