import { apiService } from '../../api/apiregistration/api-service.ts';
import type { KubeObject } from '../../api/meta.ts';
import { type GroupVersion, groupVersionText } from '../kinds/resource-table.ts';
import type { ObjectCache } from '../store/object-cache.ts';
import { resourcePrefix } from '../store/storage-key.ts';
import { type FrontProxyCredentials, remoteAgent, type RemoteGroup, remoteGroup } from './remote-group.ts';

interface Entry {
  readonly remote: RemoteGroup;
  /** What the connections were made for; others need new ones. */
  readonly spec: string;
}

/** The group versions that other servers serve, in step with the APIServices in the cache. */
export class RemoteGroups {
  readonly #cache: ObjectCache;
  readonly #credentials: FrontProxyCredentials;
  readonly #isOurs: (of: GroupVersion) => boolean;
  readonly #entries = new Map<string, Entry>();
  readonly #listeners = new Set<() => void>();
  #unsubscribe: () => void = () => undefined;

  /** `isOurs`: group versions that stay here, whatever an APIService says. */
  constructor(cache: ObjectCache, credentials: FrontProxyCredentials, isOurs: (of: GroupVersion) => boolean) {
    this.#cache = cache;
    this.#credentials = credentials;
    this.#isOurs = isOurs;
    this.#load();
    cache.onReset(() => this.#load());
  }

  /** Every one of them, in no order. */
  get all(): readonly RemoteGroup[] {
    return [...this.#entries.values()].map(({ remote }) => remote);
  }

  /** Nearly every request of nearly every cluster ends here. */
  get any(): boolean {
    return this.#entries.size > 0;
  }

  /** Undefined for what is served here or nowhere. */
  find(of: GroupVersion): RemoteGroup | undefined {
    return this.#entries.get(groupVersionText(of))?.remote;
  }

  /** Calls back after every change. */
  onChange(callback: () => void): void {
    this.#listeners.add(callback);
  }

  close(): void {
    this.#unsubscribe();
    this.#listeners.clear();
    for (const { remote } of this.#entries.values()) remote.agent.destroy();
    this.#entries.clear();
  }

  #load(): void {
    this.#unsubscribe();
    const cache = this.#cache.resource(resourcePrefix(apiService));
    const known = new Set<string>();
    for (const { object } of cache.snapshot()) {
      this.#put(object);
      known.add(keyOf(object));
    }
    for (const key of this.#entries.keys()) if (!known.has(key)) this.#remove(key);
    this.#unsubscribe = cache.subscribe((events) => {
      for (const { object, deleted } of events)
        if (deleted) this.#remove(keyOf(object.object));
        else this.#put(object.object);
      this.#notify();
    });
    this.#notify();
  }

  #put(object: KubeObject): void {
    const key = keyOf(object);
    const { group = '', version = '', service } = object.spec ?? {};
    if (!service || this.#isOurs({ group, version })) return this.#remove(key);
    const spec = JSON.stringify(object.spec);
    const before = this.#entries.get(key);
    // Where only its condition has changed, requests under way go on.
    const kept = before?.spec === spec ? before.remote.agent : undefined;
    if (kept === undefined) before?.remote.agent.destroy();
    this.#entries.set(key, { remote: remoteGroup(object, kept ?? remoteAgent(object, this.#credentials)), spec });
  }

  #remove(key: string): void {
    this.#entries.get(key)?.remote.agent.destroy();
    this.#entries.delete(key);
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}

const keyOf = ({ spec }: KubeObject): string => groupVersionText({ group: spec?.group ?? '', version: spec?.version ?? '' });
