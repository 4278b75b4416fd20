import { newTooManyRequests } from '../api/status-error.ts';

/** Commands of git that run at one time, and those of one user among them, and of all who are the same one's (tenant-of.ts). */
const TOTAL = 24;
const PER_USER = 6;
const PER_TENANT = 12;
/** Requests of one user that wait, and how long one does, in ms. */
const MOST_WAITING = 32;
const LONGEST_WAIT = 30_000;
/** For a client that was turned away, in seconds. */
const RETRY_AFTER = 5;

interface Lane {
  readonly tenant: string;
  running: number;
  readonly waiting: (() => void)[];
}

/**
 * Who may run git next: users take turns, so that one who sends many requests waits behind himself. Somebody's service accounts are users, as many as he
 * makes: together they leave room for others, however long each of them takes.
 */
export class CommandSlots {
  /** By user; who got a slot last is at the end. */
  readonly #lanes = new Map<string, Lane>();
  readonly #limits: {
    readonly total: number;
    readonly perUser: number;
    readonly perTenant: number;
    readonly longestWait: number;
  };
  readonly #byTenant = new Map<string, number>();
  #running = 0;

  constructor(limits: Partial<{ total: number; perUser: number; perTenant: number; longestWait: number }> = {}) {
    this.#limits = { total: TOTAL, perUser: PER_USER, perTenant: PER_TENANT, longestWait: LONGEST_WAIT, ...limits };
  }

  /** A slot, until it is disposed of. Rejects with 429 when too many of this user's requests wait, or this one has for too long. */
  async take(user: string, gone: AbortSignal, tenant = user): Promise<Disposable> {
    const lane = this.#lanes.get(user) ?? { tenant, running: 0, waiting: [] };
    this.#lanes.set(user, lane);
    const refused = newTooManyRequests(
      `user ${JSON.stringify(user)} has too many requests to git, please try again later`,
      RETRY_AFTER,
    );
    if (lane.waiting.length >= MOST_WAITING) throw refused;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    lane.waiting.push(resolve);
    const giveUp = (): void => {
      const at = lane.waiting.indexOf(resolve);
      if (at === -1) return;
      lane.waiting.splice(at, 1);
      this.#forget(user, lane);
      reject(refused);
    };
    const timer = setTimeout(giveUp, this.#limits.longestWait);
    gone.addEventListener('abort', giveUp, { once: true });
    this.#dispatch();
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      gone.removeEventListener('abort', giveUp);
    }
    return this.#slot(user, lane);
  }

  #slot(user: string, lane: Lane): Disposable {
    let taken = true;
    return {
      [Symbol.dispose]: () => {
        if (!taken) return;
        taken = false;
        lane.running--;
        this.#count(lane.tenant, -1);
        this.#forget(user, lane);
        this.#dispatch();
      },
    };
  }

  #dispatch(): void {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const [user, lane] = next;
      this.#lanes.delete(user);
      this.#lanes.set(user, lane);
      lane.running++;
      this.#count(lane.tenant, 1);
      lane.waiting.shift()!();
    }
  }

  #next(): [string, Lane] | undefined {
    if (this.#running >= this.#limits.total) return undefined;
    for (const entry of this.#lanes) {
      const [, { tenant, waiting, running }] = entry;
      const ofTenant = this.#byTenant.get(tenant) ?? 0;
      if (waiting.length > 0 && running < this.#limits.perUser && ofTenant < this.#limits.perTenant) return entry;
    }
    return undefined;
  }

  #count(tenant: string, by: 1 | -1): void {
    this.#running += by;
    const running = (this.#byTenant.get(tenant) ?? 0) + by;
    if (running === 0) this.#byTenant.delete(tenant);
    else this.#byTenant.set(tenant, running);
  }

  #forget(user: string, { running, waiting }: Lane): void {
    if (running === 0 && waiting.length === 0) this.#lanes.delete(user);
  }
}
