import { newTooManyRequests } from '../../api/status-error.ts';
import type { UserInfo } from '../../api/verbs.ts';

/** Watches that one user may have open, that an administrator or a node may, and all together. */
const PER_USER = 1000;
const PER_TRUSTED_USER = 4000;
const TOTAL = 10_000;
/** In the groups of these, one user is many programs. */
const TRUSTED = new Set(['system:masters', 'system:nodes']);
/** Bytes that may wait for all watchers together. Beyond, those that are behind by more than their share are ended. */
const TOTAL_PENDING = 256 << 20;
const FAIR_SHARE = 1 << 20;
/** For a client that was turned away, in seconds. */
const RETRY_AFTER = 5;

/** One open watch, and what waits for its reader. */
export interface WatchSlot {
  /** Counts bytes that began to wait, or (negative) that no longer do. False: the reader is too far behind while memory is short. */
  hold(bytes: number): boolean;
  /** Gives the place and what it held back. Again: does nothing. */
  release(): void;
}

export interface WatchLimits {
  readonly perUser: number;
  readonly perTrustedUser: number;
  readonly total: number;
  readonly totalPending: number;
}

/** The watches that are open over HTTP: how many each user may have, and how much may wait for all of them. */
export class WatchSlots {
  readonly #limits: WatchLimits;
  readonly #perUser = new Map<string, number>();
  #open = 0;
  #pending = 0;

  constructor(limits: Partial<WatchLimits> = {}) {
    this.#limits = { perUser: PER_USER, perTrustedUser: PER_TRUSTED_USER, total: TOTAL, totalPending: TOTAL_PENDING, ...limits };
  }

  get open(): number {
    return this.#open;
  }

  /** Bytes of frames that wait, counted for each watcher, though watchers of one event share them. */
  get pending(): number {
    return this.#pending;
  }

  /** Throws 429 when the user, or all together, have as many as they may. */
  take(user: UserInfo): WatchSlot {
    const mine = this.#perUser.get(user.name) ?? 0;
    const trusted = user.groups.some((group) => TRUSTED.has(group));
    const most = trusted ? this.#limits.perTrustedUser : this.#limits.perUser;
    if (mine >= most)
      throw newTooManyRequests(`user ${JSON.stringify(user.name)} has ${mine} watches open, which is the limit`, RETRY_AFTER);
    if (this.#open >= this.#limits.total)
      throw newTooManyRequests('The server has too many open watches and has asked us to try again later', RETRY_AFTER);
    this.#perUser.set(user.name, mine + 1);
    this.#open++;
    return this.#slot(user.name);
  }

  #slot(name: string): WatchSlot {
    let held = 0;
    let released = false;
    return {
      hold: (bytes) => {
        if (released) return false;
        held += bytes;
        this.#pending += bytes;
        return this.#pending <= this.#limits.totalPending || held <= FAIR_SHARE;
      },
      release: () => {
        if (released) return;
        released = true;
        this.#pending -= held;
        this.#open--;
        const left = this.#perUser.get(name)! - 1;
        if (left === 0) this.#perUser.delete(name);
        else this.#perUser.set(name, left);
      },
    };
  }
}
