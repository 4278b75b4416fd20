import { errorText } from '../../../common/errors.ts';
import type { Log } from '../../../common/log.ts';
import { namespace as namespaces } from '../../api/core/namespace.ts';
import type { ResourceDefinition } from '../../api/define-resource.ts';
import type { KubeObject } from '../../api/meta.ts';
import type { QuotaAmounts } from '../../api/quota-usage.ts';
import { newForbidden } from '../../api/status-error.ts';
import type { Verbs } from '../../api/verbs.ts';
import type { ResourceTable } from '../kinds/resource-table.ts';
import { equalJson } from '../store/json-value.ts';
import type { CacheEvent } from '../store/cache-event.ts';
import type { ObjectCache } from '../store/object-cache.ts';
import { objectKey, resourcePrefix } from '../store/storage-key.ts';
import type { StoredObject } from '../store/stored-object.ts';
import { combine, countOf, growth, isCounted, isPlain, type QuotaSpec, usageOf } from './object-usage.ts';
import { QuotaAccount, QuotaExceeded } from './quota-account.ts';
import { type QuotaShape, quotaShapes, type QuotaStanding } from './quota-shapes.ts';

/** How often everything is counted anew, in ms: a crash between a deletion and its credit leaves too much counted. */
const RECOUNT_INTERVAL = 300_000;
const NAMESPACES = resourcePrefix(namespaces);

/** A quota as the cache has it. */
interface KnownQuota {
  readonly shape: QuotaShape;
  readonly key: string;
  readonly object: KubeObject;
}

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

  /** Counts for every quota that is there, for each that comes or changes or counts other namespaces, and for all of them now and then. */
  start(): void {
    const { cache } = this.#options;
    const all = (): void => {
      for (const quota of this.#quotas()) this.#recount(quota);
    };
    const follow = (): void => {
      for (const shape of quotaShapes)
        this.#stops.push(
          cache.resource(resourcePrefix(shape.definition)).subscribe((events) => {
            for (const { object, previous, deleted } of events) {
              const quota = object.object;
              if (deleted) this.#accounts.delete(object.key);
              else if (
                !equalJson(shape.spec(quota).hard, shape.told(quota)) ||
                !equalJson(quota.spec?.selector, previous?.object.spec?.selector)
              )
                this.#recount({ shape, key: object.key, object: quota });
            }
          }),
        );
      this.#stops.push(
        cache.resource(NAMESPACES).subscribe((events) => events.forEach((event) => this.#namespaceChanged(event))),
      );
    };
    const timer = setInterval(all, RECOUNT_INTERVAL).unref();
    this.#stops.push(() => clearInterval(timer), cache.onReset(follow));
    follow();
    all();
  }

  /** Quotas that select namespaces count others then. */
  #namespaceChanged({ object, previous, deleted }: CacheEvent): void {
    const before = previous?.object.metadata;
    const after = deleted ? undefined : object.object.metadata;
    for (const quota of this.#quotas()) {
      const counts = quota.shape.counts(quota.object);
      if ((before !== undefined && counts(before)) !== (after !== undefined && counts(after))) this.#recount(quota);
    }
  }

  *#quotas(): Generator<KnownQuota> {
    for (const shape of quotaShapes)
      for (const { key, object } of this.#options.cache.resource(resourcePrefix(shape.definition)).snapshot())
        yield { shape, key, object };
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
        for (const { account, amounts, ended } of taken.splice(0)) await account.credit(amounts, write.namespace).finally(ended);
      },
    };
    // In the order of their keys, so that two writes never wait for each other.
    for (const known of this.#quotasOf(write.namespace)) {
      const { object: quota, shape } = known;
      const amounts = growth(counted(known, write, write.before), counted(known, write, after));
      if (Object.keys(amounts).length === 0) continue;
      try {
        const missing = definition.quota?.unspecified?.(after!, Object.keys(shape.spec(quota).hard ?? {}));
        if (missing !== undefined) throw new QuotaExceeded(`failed quota: ${quota.metadata.name}: ${missing}`);
        const account = this.#account(known);
        if (dryRun) await account.probe(amounts);
        else taken.push({ account, amounts, ended: await account.charge(amounts, write.namespace) });
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
    const freed = this.#quotasOf(write.namespace).flatMap((known) => {
      const amounts = growth(counted(known, write, write.after), counted(known, write, write.before));
      if (Object.keys(amounts).length === 0) return [];
      const account = this.#account(known);
      return [{ key: known.key, account, amounts, ended: account.expectCredit() }];
    });
    if (freed.length === 0) return undefined;
    return {
      dropped: () => freed.forEach(({ ended }) => ended()),
      done: async () => {
        for (const { key, account, amounts, ended } of freed)
          // The write is done and will be told so; the next count finds what was not given back.
          await account
            .credit(amounts, write.namespace)
            .catch((error: unknown) =>
              this.#options.log.warn({ quota: key, error: errorText(error) }, 'giving back a quota failed'),
            )
            .finally(ended);
      },
    };
  }

  #quotasOf(name: string): KnownQuota[] {
    const { cache } = this.#options;
    const namespace = cache.resource(NAMESPACES).get(NAMESPACES + name)?.object.metadata ?? { name };
    return quotaShapes.flatMap((shape) => {
      const prefix = resourcePrefix(shape.definition);
      const within = shape.definition.namespaced ? `${prefix}${name}/` : prefix;
      return [...cache.resource(prefix).range(within)]
        .filter(({ object }) => shape.counts(object)(namespace))
        .map(({ key, object }) => ({ shape, key, object }));
    });
  }

  #account({ shape, key, object }: KnownQuota): QuotaAccount {
    let account = this.#accounts.get(key);
    if (account === undefined) {
      const { cache, verbs } = this.#options;
      const { namespace, name = '' } = object.metadata;
      const { group, version, plural: resource } = shape.definition;
      const prefix = resourcePrefix(shape.definition);
      account = new QuotaAccount({
        ref: { group, version, resource, name, ...(namespace === undefined ? {} : { namespace }) },
        shape,
        current: () => cache.resource(prefix).get(objectKey(shape.definition, namespace, name))?.object,
        count: (quota) => this.#count({ shape, key, object: quota }),
        verbs,
      });
      this.#accounts.set(key, account);
    }
    return account;
  }

  #recount(quota: KnownQuota): void {
    const { cache } = this.#options;
    if (cache.resource(resourcePrefix(quota.shape.definition)).get(quota.key) !== undefined) void this.#account(quota).recount();
  }

  async #count({ shape, object: quota }: KnownQuota): Promise<QuotaStanding> {
    const { cache, table } = this.#options;
    await cache.fresh();
    const spec = shape.spec(quota);
    const counts = shape.counts(quota);
    const names = shape.definition.namespaced
      ? [quota.metadata.namespace!]
      : [...cache.resource(NAMESPACES).range(NAMESPACES)]
          .map(({ object }) => object.metadata)
          .filter(counts)
          .map(({ name }) => name!);
    const within = new Map<string, QuotaAmounts>();
    for (const namespace of names) {
      let used: QuotaAmounts = {};
      for (const definition of table.stored) {
        if (!definition.namespaced) continue;
        const prefix = resourcePrefix(definition);
        const objects = cache.resource(prefix).range(`${prefix}${namespace}/`);
        used = combine(used, isPlain(spec, definition) ? countOf(spec, definition, objects) : sumOf(spec, definition, objects));
      }
      within.set(namespace, used);
    }
    return { used: [...within.values()].reduce((all, used) => combine(all, used), {} as QuotaAmounts), within };
  }
}

function sumOf(spec: QuotaSpec, definition: ResourceDefinition, objects: Iterable<StoredObject>): QuotaAmounts {
  let used: QuotaAmounts = {};
  for (const { object } of objects) if (isCounted(spec, definition, object)) used = combine(used, usageOf(definition, object));
  return used;
}

/** What a quota counts of an object. */
const counted = (
  { shape, object: quota }: KnownQuota,
  { definition }: QuotaWrite,
  object: KubeObject | undefined,
): QuotaAmounts => (object !== undefined && isCounted(shape.spec(quota), definition, object) ? usageOf(definition, object) : {});
