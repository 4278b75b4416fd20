import { newTooManyRequests } from '../../api/status-error.ts';
import type { RemoteGroup } from './remote-group.ts';

/** Requests to one extension server at the same time: one that hangs keeps those of others, and ours, from nothing. */
const MAX_SHORT = 200;
const MAX_LONG = 2000;

/** Counts what is under way to each extension server. */
export class ProxySlots {
  readonly #taken = new Map<string, number>();

  /** Gives what gives the slot back, once. Throws 429 when there is none left. */
  take({ name }: RemoteGroup, longRunning: boolean): () => void {
    const key = `${longRunning ? 'long' : 'short'} ${name}`;
    const taken = this.#taken.get(key) ?? 0;
    if (taken >= (longRunning ? MAX_LONG : MAX_SHORT))
      throw newTooManyRequests(`too many requests to the server of ${name} are under way, please try again later`, 1);
    this.#taken.set(key, taken + 1);
    let given = false;
    return () => {
      if (given) return;
      given = true;
      const left = this.#taken.get(key)! - 1;
      if (left === 0) this.#taken.delete(key);
      else this.#taken.set(key, left);
    };
  }
}
