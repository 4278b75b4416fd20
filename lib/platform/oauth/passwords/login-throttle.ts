import type { Clock } from '../../../common/clock.ts';

/** Wrong passwords in a row that cost nothing: people mistype, and a classroom may share an address. */
const FREE = { name: 5, address: 50 };
/** The wait doubles from a second with each further one, up to this, in ms. */
const LONGEST = 60_000;
/** Passwords of one address that are judged at the same time: others have room in the queue, and no guess is made before one before it counts. */
const MOST_PENDING = 8;
/** Addresses of a name's owner that are kept in mind: the newest. */
const MOST_HOMES = 8;
/** Names and addresses that are kept in mind, and for how long after their last wrong password, in ms. */
const REMEMBERED = 20_000;
const FORGET = 15 * 60_000;

interface Failures {
  count: number;
  last: number;
}

/**
 * Makes guessing slow: by name, for those who try many passwords, and by address, for those who try many names. Where a name's owner has logged in,
 * only what is guessed there makes him wait: else whoever knows a name could keep its owner out for good.
 */
export class LoginThrottle {
  readonly #clock: Clock;
  readonly #failures = new Map<string, Failures>();
  readonly #pending = new Map<string, number>();
  /** Where each name has logged in, the newest last. Only who knows a password adds to it. */
  readonly #homes = new Map<string, Set<string>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many ms the next attempt has to wait; 0: none. */
  delay(name: string, address: string): number {
    return Math.max(this.#wait(this.#guessed(name, address), FREE.name), this.#wait(`address ${address}`, FREE.address));
  }

  /** A password of that address is about to be judged, until it is disposed of. Undefined: so many are already. */
  begin(address: string): Disposable | undefined {
    const before = this.#pending.get(address) ?? 0;
    if (before >= MOST_PENDING) return undefined;
    this.#pending.set(address, before + 1);
    return {
      [Symbol.dispose]: () => {
        const left = this.#pending.get(address)! - 1;
        if (left === 0) this.#pending.delete(address);
        else this.#pending.set(address, left);
      },
    };
  }

  failed(name: string, address: string): void {
    for (const key of [this.#guessed(name, address), `address ${address}`]) {
      const count = (this.#current(key)?.count ?? 0) + 1;
      this.#failures.delete(key);
      if (this.#failures.size >= REMEMBERED) this.#failures.delete(this.#failures.keys().next().value!);
      this.#failures.set(key, { count, last: this.#clock.now() });
    }
  }

  /** The name's account is clean again; the address's is not: one known password must not buy guesses at others. */
  succeeded(name: string, address: string): void {
    this.#failures.delete(this.#guessed(name, address));
    const homes = this.#homes.get(name) ?? new Set();
    homes.delete(address);
    homes.add(address);
    if (homes.size > MOST_HOMES) homes.delete(homes.values().next().value!);
    this.#homes.set(name, homes);
  }

  /** What wrong passwords for a name count for: the place when it is one of its owner's, else all that is none. */
  #guessed(name: string, address: string): string {
    return this.#homes.get(name)?.has(address) === true ? `home ${address} ${name}` : `name ${name}`;
  }

  #wait(key: string, free: number): number {
    const failures = this.#current(key);
    if (failures === undefined || failures.count < free) return 0;
    return Math.max(0, failures.last + Math.min(LONGEST, 1000 * 2 ** (failures.count - free)) - this.#clock.now());
  }

  #current(key: string): Failures | undefined {
    const failures = this.#failures.get(key);
    return failures !== undefined && this.#clock.now() - failures.last < FORGET ? failures : undefined;
  }
}
