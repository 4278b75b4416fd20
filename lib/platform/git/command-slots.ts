import { newTooManyRequests } from '../api/status-error.ts';

/** Commands of git that run at one time, and those of one user among them. */
const TOTAL = 24;
const PER_USER = 6;
/** Requests of one user that wait, and how long one does, in ms. */
const MOST_WAITING = 32;
const LONGEST_WAIT = 30_000;
/** For a client that was turned away, in seconds. */
const RETRY_AFTER = 5;

interface Lane {
  running: number;
  readonly waiting: (() => void)[];
}

/** Who may run git next: users take turns, so that one who sends many requests waits behind himself. */
export class CommandSlots {
  /** By user; who got a slot last is at the end. */
  readonly #lanes = new Map<string, Lane>();
  readonly #limits: { readonly total: number; readonly perUser: number; readonly longestWait: number };
  #running = 0;

  constructor(limits: Partial<{ total: number; perUser: number; longestWait: number }> = {}) {
    this.#limits = { total: TOTAL, perUser: PER_USER, longestWait: LONGEST_WAIT, ...limits };
  }

  /** A slot, until it is disposed of. Rejects with 429 when too many of this user's requests wait, or this one has for too long. */
  async take(user: string, gone: AbortSignal): Promise<Disposable> {
    const lane = this.#lanes.get(user) ?? { running: 0, waiting: [] };
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
        this.#running--;
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
      this.#running++;
      lane.waiting.shift()!();
    }
  }

  #next(): [string, Lane] | undefined {
    if (this.#running >= this.#limits.total) return undefined;
    for (const entry of this.#lanes) {
      const [, { waiting, running }] = entry;
      if (waiting.length > 0 && running < this.#limits.perUser) return entry;
    }
    return undefined;
  }

  #forget(user: string, { running, waiting }: Lane): void {
    if (running === 0 && waiting.length === 0) this.#lanes.delete(user);
  }
}
