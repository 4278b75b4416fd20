import { errorText } from '../../../common/errors.ts';
import type { Log } from '../../../common/log.ts';
import { resourceQuota } from '../../api/core/resource-quota.ts';
import type { ResourceDefinition } from '../../api/define-resource.ts';
import type { KubeObject } from '../../api/meta.ts';
import type { QuotaAmounts } from '../../api/quota-usage.ts';
import { newForbidden } from '../../api/status-error.ts';
import type { Verbs } from '../../api/verbs.ts';
import type { ResourceTable } from '../kinds/resource-table.ts';
import { equalJson } from '../store/json-value.ts';
import type { ObjectCache } from '../store/object-cache.ts';
import { objectKey, resourcePrefix } from '../store/storage-key.ts';
import { combine, growth, isCounted, usageOf } from './object-usage.ts';
import { QuotaAccount, QuotaExceeded } from './quota-account.ts';

/** How often everything is counted anew, in ms: a crash between a deletion and its credit leaves too much counted. */
const RECOUNT_INTERVAL = 300_000;
const PREFIX = resourcePrefix(resourceQuota);

/** One write of an object: what was there, and what will be. */
export interface QuotaWrite {
  readonly definition: ResourceDefinition;
  readonly namespace: string;
  readonly before?: KubeObject | undefined;
  readonly after?: KubeObject | undefined;
}

/** What was taken for a write that is on its way. */
export interface QuotaReceipt {
  /** The write is done. */
  settle(): void;
  /** It will not be done. */
  refund(): Promise<void>;
}

/** What a write on its way will free. */
export interface QuotaCredit {
  done(): Promise<void>;
  dropped(): void;
}

/** Counts what writes use of the quotas of their namespaces, before they are done; and gives back what deletions free, after. */
export class QuotaLedger {
  readonly #options: { cache: ObjectCache; table: ResourceTable; log: Log; verbs: () => Verbs };
  readonly #accounts = new Map<string, QuotaAccount>();
  #stops: (() => void)[] = [];

  constructor(options: { cache: ObjectCache; table: ResourceTable; log: Log; verbs: () => Verbs }) {
    this.#options = options;
  }

  /** Counts for every quota that is there, for each that comes or changes, and for all of them now and then. */
  start(): void {
    const { cache } = this.#options;
    const all = (): void => {
      for (const { key } of cache.resource(PREFIX).snapshot()) this.#recount(key);
    };
    const follow = (): void => {
      this.#stops.push(
        cache.resource(PREFIX).subscribe((events) => {
          for (const { object, deleted } of events) {
            if (deleted) this.#accounts.delete(object.key);
            else if (!equalJson(object.object.spec?.hard, object.object.status?.hard)) this.#recount(object.key);
          }
        }),
      );
    };
    const timer = setInterval(all, RECOUNT_INTERVAL).unref();
    this.#stops.push(() => clearInterval(timer), cache.onReset(follow));
    follow();
    all();
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  /** Takes what the write uses more than before. Throws Forbidden, and has then taken nothing. */
  async charge(write: QuotaWrite, name: string, dryRun: boolean): Promise<QuotaReceipt | undefined> {
    const { definition, after } = write;
    const taken: { account: QuotaAccount; amounts: QuotaAmounts; ended: () => void }[] = [];
    const receipt: QuotaReceipt = {
      settle: () => taken.forEach(({ ended }) => ended()),
      refund: async () => {
        for (const { account, amounts, ended } of taken.splice(0)) await account.credit(amounts).finally(ended);
      },
    };
    // In the order of their keys, so that two writes never wait for each other.
    for (const { key, object: quota } of this.#quotasOf(write.namespace)) {
      const amounts = growth(this.#counted(quota, write, write.before), this.#counted(quota, write, after));
      if (Object.keys(amounts).length === 0) continue;
      try {
        const missing = definition.quota?.unspecified?.(after!, Object.keys((quota.spec?.hard ?? {}) as QuotaAmounts));
        if (missing !== undefined) throw new QuotaExceeded(`failed quota: ${quota.metadata.name}: ${missing}`);
        const account = this.#account(key, quota);
        if (dryRun) await account.probe(amounts);
        else taken.push({ account, amounts, ended: await account.charge(amounts) });
      } catch (error) {
        await receipt.refund();
        if (error instanceof QuotaExceeded)
          throw newForbidden({ group: definition.group, resource: definition.plural }, name, error.message);
        throw error;
      }
    }
    return taken.length === 0 ? undefined : receipt;
  }

  /** Tells of a write that will use less than before. `done`: it is, and what it frees goes back; `dropped`: it is not. */
  expectCredit(write: QuotaWrite): QuotaCredit | undefined {
    const freed = [...this.#quotasOf(write.namespace)].flatMap(({ key, object: quota }) => {
      const amounts = growth(this.#counted(quota, write, write.after), this.#counted(quota, write, write.before));
      if (Object.keys(amounts).length === 0) return [];
      const account = this.#account(key, quota);
      return [{ key, account, amounts, ended: account.expectCredit() }];
    });
    if (freed.length === 0) return undefined;
    return {
      dropped: () => freed.forEach(({ ended }) => ended()),
      done: async () => {
        for (const { key, account, amounts, ended } of freed)
          // The write is done and will be told so; the next count finds what was not given back.
          await account
            .credit(amounts)
            .catch((error: unknown) =>
              this.#options.log.warn({ quota: key, error: errorText(error) }, 'giving back a quota failed'),
            )
            .finally(ended);
      },
    };
  }

  #quotasOf(namespace: string): { key: string; object: KubeObject }[] {
    return [...this.#options.cache.resource(PREFIX).range(`${PREFIX}${namespace}/`)];
  }

  #counted(quota: KubeObject, { definition }: QuotaWrite, object: KubeObject | undefined): QuotaAmounts {
    return object !== undefined && isCounted(quota, definition, object) ? usageOf(definition, object) : {};
  }

  #account(key: string, quota: KubeObject): QuotaAccount {
    let account = this.#accounts.get(key);
    if (account === undefined) {
      const { cache, verbs } = this.#options;
      const { namespace = '', name = '' } = quota.metadata;
      const { group, version, plural: resource } = resourceQuota;
      account = new QuotaAccount({
        ref: { group, version, resource, namespace, name },
        current: () => cache.resource(PREFIX).get(objectKey(resourceQuota, namespace, name))?.object,
        count: (of) => this.#count(of, namespace),
        verbs,
      });
      this.#accounts.set(key, account);
    }
    return account;
  }

  #recount(key: string): void {
    const quota = this.#options.cache.resource(PREFIX).get(key)?.object;
    if (quota !== undefined) void this.#account(key, quota).recount();
  }

  async #count(quota: KubeObject, namespace: string): Promise<QuotaAmounts> {
    const { cache, table } = this.#options;
    await cache.fresh();
    let used: QuotaAmounts = {};
    for (const definition of table.stored) {
      if (!definition.namespaced) continue;
      const prefix = resourcePrefix(definition);
      for (const { object } of cache.resource(prefix).range(`${prefix}${namespace}/`))
        if (isCounted(quota, definition, object)) used = combine(used, usageOf(definition, object));
    }
    return used;
  }
}
