import { newTooManyRequests } from '../../api/status-error.ts';
import type { UserInfo } from '../../api/verbs.ts';

/** In the groups of these, one user is many programs. */
const TRUSTED = new Set(['system:masters', 'system:nodes']);
/** For a client that was turned away, in seconds. */
const RETRY_AFTER = 5;

/** Places that one user may take, that an administrator or a node may, and all together. */
export interface PlaceLimits {
  readonly perUser: number;
  readonly perTrustedUser: number;
  readonly total: number;
}

/** Counts what lasts as long as its client likes. `what`: `watches`, for the refusal. */
export class UserPlaces {
  readonly #what: string;
  readonly #limits: PlaceLimits;
  readonly #perUser = new Map<string, number>();
  #open = 0;

  constructor(what: string, limits: PlaceLimits) {
    this.#what = what;
    this.#limits = limits;
  }

  get open(): number {
    return this.#open;
  }

  /** Gives what gives the place back, once. Throws 429 when the user, or all together, have as many as they may. */
  take(user: UserInfo): () => void {
    const mine = this.#perUser.get(user.name) ?? 0;
    const trusted = user.groups.some((group) => TRUSTED.has(group));
    const most = trusted ? this.#limits.perTrustedUser : this.#limits.perUser;
    if (mine >= most)
      throw newTooManyRequests(
        `user ${JSON.stringify(user.name)} has ${mine} ${this.#what} open, which is the limit`,
        RETRY_AFTER,
      );
    if (this.#open >= this.#limits.total)
      throw newTooManyRequests(`The server has too many open ${this.#what} and has asked us to try again later`, RETRY_AFTER);
    this.#perUser.set(user.name, mine + 1);
    this.#open++;
    let given = false;
    return () => {
      if (given) return;
      given = true;
      this.#open--;
      const left = this.#perUser.get(user.name)! - 1;
      if (left === 0) this.#perUser.delete(user.name);
      else this.#perUser.set(user.name, left);
    };
  }
}
