import type { UserInfo } from '../../api/verbs.ts';
import { type PlaceLimits, UserPlaces } from './user-places.ts';

/** Watches that one user may have open, that an administrator or a node may, and all together. */
const PER_USER = 1000;
const PER_TRUSTED_USER = 4000;
const TOTAL = 10_000;
/** Bytes that may wait for all watchers together. Beyond, those that are behind by more than their share are ended. */
const TOTAL_PENDING = 256 << 20;
const FAIR_SHARE = 1 << 20;

/** One open watch, and what waits for its reader. */
export interface WatchSlot {
  /** Counts bytes that began to wait, or (negative) that no longer do. False: the reader is too far behind while memory is short. */
  hold(bytes: number): boolean;
  /** Gives the place and what it held back. Again: does nothing. */
  release(): void;
}

export interface WatchLimits extends PlaceLimits {
  readonly totalPending: number;
}

/** The watches that are open over HTTP: how many each user may have, and how much may wait for all of them. */
export class WatchSlots {
  readonly #limits: WatchLimits;
  readonly #places: UserPlaces;
  #pending = 0;

  constructor(limits: Partial<WatchLimits> = {}) {
    this.#limits = { perUser: PER_USER, perTrustedUser: PER_TRUSTED_USER, total: TOTAL, totalPending: TOTAL_PENDING, ...limits };
    this.#places = new UserPlaces('watches', this.#limits);
  }

  get open(): number {
    return this.#places.open;
  }

  /** Bytes of frames that wait, counted for each watcher, though watchers of one event share them. */
  get pending(): number {
    return this.#pending;
  }

  /** Throws 429 when the user, or all together, have as many as they may. */
  take(user: UserInfo): WatchSlot {
    const give = this.#places.take(user);
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
        give();
      },
    };
  }
}
