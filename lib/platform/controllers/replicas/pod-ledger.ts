import type { Client } from '../../client/client.ts';
import { isUncertain, unlessGone } from '../api-errors.ts';
import type { Pod } from '../core-types.ts';
import { PODS } from '../resources.ts';
import { Pace } from './pace.ts';

interface Account {
  /** Pods made that the cache has not shown yet: name by uid. */
  readonly created: Map<string, string>;
  /** Pods deleted that the cache still shows as if they were not. */
  readonly deleted: Set<string>;
  /** A write ended without an answer: only the server knows what is there. */
  uncertain: boolean;
}

/**
 * What a controller has written and its cache may not know yet. client-go counts expectations and waits for them; the
 * ledger corrects the view instead, so that a stale cache neither makes a pod twice nor stops the controller.
 */
export class PodLedger {
  /** Of all that is written here. */
  readonly pace = new Pace();
  readonly #accounts = new Map<string, Account>();

  /** The pods of an owner's namespace as they are, given what the cache shows of them. */
  async observe(key: string, namespace: string, cached: readonly Pod[], client: Client): Promise<readonly Pod[]> {
    const account = this.#accounts.get(key);
    if (account === undefined) return cached;
    const pods = account.uncertain ? await this.#listLive(account, namespace, cached, client) : [...cached];
    const shown = new Set(pods.map((pod) => pod.metadata.uid!));
    for (const [uid, name] of account.created) {
      if (shown.has(uid)) {
        if (!account.uncertain) account.created.delete(uid);
        continue;
      }
      const live = await unlessGone(client.get<Pod>({ ...PODS, namespace, name }));
      if (live !== undefined && live.metadata.uid === uid) pods.push(live);
      else account.created.delete(uid);
    }
    account.uncertain = false;
    const kept = pods.filter((pod) => !account.deleted.has(pod.metadata.uid!));
    const living = new Set(cached.filter((pod) => pod.metadata.deletionTimestamp === undefined).map((pod) => pod.metadata.uid!));
    for (const uid of account.deleted) if (!living.has(uid) && !account.created.has(uid)) account.deleted.delete(uid);
    if (account.created.size === 0 && account.deleted.size === 0) this.#accounts.delete(key);
    return kept;
  }

  /** Asks the server, and keeps in mind what the cache does not show the same way. */
  async #listLive(account: Account, namespace: string, cached: readonly Pod[], client: Client): Promise<Pod[]> {
    const list = await client.list<Pod>({ ...PODS, namespace });
    const live = new Map(list.items.map((pod) => [pod.metadata.uid!, pod]));
    const known = new Set(cached.map((pod) => pod.metadata.uid!));
    for (const [uid, pod] of live) if (!known.has(uid)) account.created.set(uid, pod.metadata.name!);
    for (const uid of known) {
      const pod = live.get(uid);
      if (pod === undefined || pod.metadata.deletionTimestamp !== undefined) account.deleted.add(uid);
    }
    return list.items;
  }

  created(key: string, pod: Pod): void {
    this.#account(key).created.set(pod.metadata.uid!, pod.metadata.name!);
  }

  deleted(key: string, pod: Pod): void {
    this.#account(key).deleted.add(pod.metadata.uid!);
  }

  /** A create or delete failed: an error that leaves its outcome open makes the next look go to the server. */
  failed(key: string, error: unknown): void {
    if (isUncertain(error)) this.#account(key).uncertain = true;
  }

  forget(key: string): void {
    this.#accounts.delete(key);
  }

  #account(key: string): Account {
    let account = this.#accounts.get(key);
    if (account === undefined) this.#accounts.set(key, (account = { created: new Map(), deleted: new Set(), uncertain: false }));
    return account;
  }
}
