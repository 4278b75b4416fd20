import type { KubeObject } from '../../api/meta.ts';
import { compareQuantities } from '../../api/quantity.ts';
import type { QuotaAmounts } from '../../api/quota-usage.ts';
import { isConflict, isNotFound, newConflict, OPTIMISTIC_LOCK_TEXT } from '../../api/status-error.ts';
import type { ResourceRef, Verbs } from '../../api/verbs.ts';
import { equalJson } from '../store/json-value.ts';
import { amountsText, combine, only } from './object-usage.ts';
import type { QuotaShape, QuotaStanding } from './quota-shapes.ts';

/** Compare-and-swaps lost in a row before a writer is told of the conflict. */
const MAX_ATTEMPTS = 64;

interface Request {
  /** Where it is used. */
  readonly namespace: string;
  readonly amounts: QuotaAmounts;
  readonly sign: 1 | -1;
  /** Under this the charge stays outstanding once it is taken. */
  readonly charge?: symbol;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface QuotaAccountOptions {
  readonly ref: ResourceRef;
  readonly shape: QuotaShape;
  /** The quota as the server last saw it; undefined when it is gone. */
  current(): KubeObject | undefined;
  /** What is used by all that is there. */
  count(quota: KubeObject): Promise<QuotaStanding>;
  readonly verbs: () => Verbs;
}

/**
 * The used amounts of one quota. Changes are made by compare-and-swap on its status, those that arrive while one is on its way together
 * in the next: any number of writers at once never use more than there is.
 */
export class QuotaAccount {
  readonly #options: QuotaAccountOptions;
  #waiting: Request[] = [];
  #recounts: (() => void)[] = [];
  #working = false;
  /** As this server wrote it last: the cache may be behind. */
  #written: KubeObject | undefined;
  /** Writes that were charged, or will be credited, and are on their way: a count may see them or not. */
  readonly #outstanding = new Set<symbol>();
  #begun = 0;
  #settled: (() => void)[] = [];
  #wake: () => void = () => undefined;

  constructor(options: QuotaAccountOptions) {
    this.#options = options;
  }

  /** Takes the amounts, or throws a QuotaExceeded. The function that it resolves to is to be called when the write has ended, however. */
  async charge(amounts: QuotaAmounts, namespace: string): Promise<() => void> {
    const charge = Symbol('charge');
    await this.#ask(amounts, namespace, 1, charge);
    return () => this.#end(charge);
  }

  /** Tells of a write that will free something, before it is done. The function that it gives is to be called after its credit. */
  expectCredit(): () => void {
    const credit = Symbol('credit');
    this.#outstanding.add(credit);
    this.#begun++;
    return () => this.#end(credit);
  }

  #end(write: symbol): void {
    this.#outstanding.delete(write);
    if (this.#outstanding.size === 0) for (const resolve of this.#settled.splice(0)) resolve();
  }

  /** Gives the amounts back. Never throws for a quota that is gone. */
  async credit(amounts: QuotaAmounts, namespace: string): Promise<void> {
    await this.#ask(amounts, namespace, -1);
  }

  /** Throws what a charge would, and takes nothing. */
  async probe(amounts: QuotaAmounts): Promise<void> {
    const quota = this.#newest();
    if (quota === undefined) return;
    const { hard, used } = await this.#standing(quota);
    check(quota, hard, used, amounts);
  }

  /** Counts anew what is used, once no write that it could see by half is on its way. */
  recount(): Promise<void> {
    return new Promise((resolve) => {
      this.#recounts.push(resolve);
      void this.#work();
    });
  }

  #ask(amounts: QuotaAmounts, namespace: string, sign: 1 | -1, charge?: symbol): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ amounts, namespace, sign, resolve, reject, ...(charge === undefined ? {} : { charge }) });
      if (sign === -1) this.#wake();
      void this.#work();
    });
  }

  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    // What comes in the same turn goes together.
    await Promise.resolve();
    while (this.#waiting.length > 0 || this.#recounts.length > 0) {
      const recounts = this.#recounts.splice(0);
      if (recounts.length > 0) {
        await this.#recountNow().catch(() => undefined);
        for (const resolve of recounts) resolve();
      }
      const batch = this.#waiting.splice(0);
      if (batch.length === 0) continue;
      await this.#swap(batch).catch((error: unknown) => batch.forEach(({ reject }) => reject(error)));
    }
    this.#working = false;
  }

  /** What is credited waits in this queue, so a write may only be waited for when its credit is not: credits go first. */
  async #recountNow(): Promise<void> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const credits = this.#waiting.filter(({ sign }) => sign === -1);
      this.#waiting = this.#waiting.filter(({ sign }) => sign === 1);
      if (credits.length > 0) await this.#swap(credits).catch((error: unknown) => credits.forEach(({ reject }) => reject(error)));
      else if (this.#outstanding.size > 0) await this.#nextEvent();
      else {
        const begun = this.#begun;
        const quota = this.#newest();
        if (quota === undefined) return;
        const counted = await this.#options.count(quota);
        // Something began meanwhile: whether the count saw it cannot be told.
        if (begun !== this.#begun || this.#outstanding.size > 0) continue;
        const done = await this.#swap([], counted).then(
          () => true,
          (error: unknown) => {
            // Another server has charged or credited since: what was counted may be wrong.
            if (isConflict(error)) return false;
            throw error;
          },
        );
        if (done) return;
      }
    }
  }

  /** Resolves when nothing is outstanding, or something waits to be credited. */
  #nextEvent(): Promise<void> {
    return new Promise((resolve) => {
      this.#settled.push(resolve);
      this.#wake = resolve;
    });
  }

  async #swap(batch: readonly Request[], counted?: QuotaStanding): Promise<void> {
    const { ref, verbs } = this.#options;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const quota = this.#newest();
      if (quota === undefined) return batch.forEach(({ resolve }) => resolve());
      const outcome = await this.#apply(quota, batch, counted);
      try {
        if (!equalJson(outcome.status, quota.status)) {
          this.#written = await verbs().update({ ...ref, subresource: 'status' }, { ...quota, status: outcome.status });
        }
        return outcome.answers.forEach((answer) => answer());
      } catch (error) {
        if (isNotFound(error)) this.#written = undefined;
        else if (!isConflict(error)) throw error;
        this.#written = await verbs()
          .get(ref)
          .catch(() => undefined);
        if (counted !== undefined) throw error;
      }
    }
    throw newConflict({ group: ref.group, resource: ref.resource }, ref.name ?? '', OPTIMISTIC_LOCK_TEXT);
  }

  /** The status after the whole batch, and what each of it is to be told once that is written. */
  async #apply(
    quota: KubeObject,
    batch: readonly Request[],
    recounted?: QuotaStanding,
  ): Promise<{ status: object; answers: (() => void)[] }> {
    const standing = await this.#standing(quota, recounted);
    let { used } = standing;
    const within = new Map(standing.within);
    const { hard } = standing;
    const names = Object.keys(hard);
    const answers = batch.map(({ amounts, namespace, sign, charge, resolve, reject }) => {
      const counted = only(amounts, names);
      try {
        if (sign === 1) check(quota, hard, used, counted);
      } catch (error) {
        return () => reject(error);
      }
      used = combine(used, counted, sign);
      within.set(namespace, combine(within.get(namespace) ?? {}, counted, sign));
      return () => {
        if (charge !== undefined) this.#outstanding.add(charge);
        resolve();
      };
    });
    return { status: this.#options.shape.status(quota, hard, { used, within }), answers };
  }

  /** Hard limits as the spec has them now; used amounts as they stand, counted where some were never counted. */
  async #standing(quota: KubeObject, recounted?: QuotaStanding): Promise<QuotaStanding & { hard: QuotaAmounts }> {
    const { shape } = this.#options;
    const hard = shape.spec(quota).hard ?? {};
    const names = Object.keys(hard);
    const said = shape.standing(quota);
    const known = recounted === undefined && names.every((name) => said.used[name] !== undefined);
    const { used, within } = known ? said : (recounted ?? (await this.#options.count(quota)));
    const zero = Object.fromEntries(names.map((name) => [name, '0']));
    const told = (amounts: QuotaAmounts): QuotaAmounts => ({ ...zero, ...only(amounts, names) });
    return { hard, used: told(used), within: new Map([...within].map(([namespace, amounts]) => [namespace, told(amounts)])) };
  }

  #newest(): KubeObject | undefined {
    const current = this.#options.current();
    if (current === undefined) return (this.#written = undefined);
    const written = this.#written;
    const ahead =
      written?.metadata.uid === current.metadata.uid &&
      Number(written?.metadata.resourceVersion) > Number(current.metadata.resourceVersion);
    return ahead ? written : current;
  }
}

/** What is asked for is more than is left. */
export class QuotaExceeded extends Error {}

function check(quota: KubeObject, hard: QuotaAmounts, used: QuotaAmounts, amounts: QuotaAmounts): void {
  const total = combine(used, only(amounts, Object.keys(hard)));
  const exceeded = Object.keys(hard).filter(
    (name) => Object.hasOwn(amounts, name) && compareQuantities(total[name]!, hard[name]!) > 0,
  );
  if (exceeded.length === 0) return;
  const told = (of: QuotaAmounts): string => amountsText(only(of, exceeded));
  throw new QuotaExceeded(
    `exceeded quota: ${quota.metadata.name}, requested: ${told(amounts)}, used: ${told(used)}, limited: ${told(hard)}`,
  );
}
