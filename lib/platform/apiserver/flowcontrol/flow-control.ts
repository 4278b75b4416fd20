import type { ResourceDefinition } from '../../api/define-resource.ts';
import type { FlowRules } from '../../api/flow-rules.ts';
import { newTooManyRequests } from '../../api/status-error.ts';
import type { AuthorizationQuery } from '../auth/authorizer.ts';
import type { ObjectCache } from '../store/object-cache.ts';
import { FlowConfig } from './flow-config.ts';
import type { FlowQueue, Waiting } from './fair-queues.ts';
import { flowMatches, flowName } from './flow-matcher.ts';
import { type LevelSeats, SeatPool } from './level-seats.ts';
import type { FlowTally } from './flow-tally.ts';

/** Requests that are answered at one time, in seats: one thread answers, and more at a time only makes everybody wait longer. */
const TOTAL_SEATS = 240;
/** Seats that are given to waiting requests in one turn of the event loop: one list, or a few small requests. */
const SEATS_PER_TURN = 10;
/** A request that has not had its turn by then is refused, in ms (a quarter of what requests get in all). */
const LONGEST_WAIT = 15_000;
/** For a client that was turned away, in seconds. */
const RETRY_AFTER = 1;

/** Where a request belongs, and its seats: at once, or when its turn comes. */
export interface Admission {
  readonly schema: FlowRules;
  readonly level: LevelSeats;
  /** Rejects with 429 when it waited too long, or its client is gone. */
  readonly seat: Seat | Promise<Seat>;
}

/** The seats of one request that is being answered. */
export interface Seat {
  /** Gives them to the next one. To be called once. */
  release(): void;
}

/** The client of a request, as its answer knows it: where it is, and when it has gone. */
export interface Asker {
  readonly socket?: { readonly remoteAddress?: string | undefined } | null;
  once(event: 'close', listener: () => void): unknown;
}

/**
 * Who is answered next when more ask than can be answered at one time (Kubernetes: API priority and fairness). Flow schemas put
 * every request into a priority level and, within that, into a flow; levels have seats of their own, flows get turns. While
 * there are seats for all this costs two look-ups.
 */
export class FlowControl {
  readonly #config: FlowConfig;
  readonly #pool: SeatPool;
  readonly #tally: FlowTally;
  #dispatching = false;
  /** Seats of lists that began in this turn of the event loop. */
  #begun = 0;

  constructor(definitions: readonly ResourceDefinition[], cache: ObjectCache, tally: FlowTally, seats = TOTAL_SEATS) {
    this.#pool = new SeatPool(seats, () => this.#dispatchSoon());
    this.#tally = tally;
    this.#config = new FlowConfig(definitions, cache, (levels) => this.#pool.configure(levels));
    tally.watch(this.#pool);
  }

  /** Throws 429 when there is no room to wait. `width` in seats. */
  admit(query: AuthorizationQuery, width: number, asker: Asker): Admission {
    const schema = this.#schemaOf(query);
    const level = this.#pool.level(schema.level)!;
    if (this.#hasTurn(level, width) && this.#pool.take(level, width)) {
      this.#tally.dispatched(schema, level);
      return { schema, level, seat: this.#seat(schema, level, width, undefined) };
    }
    const { queuing } = level.config;
    if (queuing === undefined) throw this.#refused(schema, level, 'concurrency-limit');
    const { promise, resolve, reject } = Promise.withResolvers<Seat>();
    const since = performance.now();
    const waiting: Waiting = {
      width,
      begin: (queue) => {
        clearTimeout(timer);
        this.#tally.dispatched(schema, level, performance.now() - since);
        resolve(this.#seat(schema, level, width, queue));
      },
    };
    const queue = level.queues.add(flowName(schema, query, asker.socket?.remoteAddress), waiting, queuing);
    if (queue === undefined) throw this.#refused(schema, level, 'queue-full');
    this.#dispatchSoon();
    const giveUp = (reason: string): void => {
      clearTimeout(timer);
      level.queues.leave(queue, waiting);
      reject(this.#refused(schema, level, reason, performance.now() - since));
      // It may have been the one that did not fit.
      this.#dispatchSoon();
    };
    const timer = setTimeout(() => giveUp('time-out'), LONGEST_WAIT);
    asker.once('close', () => queue.waiting.includes(waiting) && giveUp('cancelled'));
    return { schema, level, seat: promise };
  }

  /**
   * In a turn of the event loop of its own, and few at a time: answers that need nothing but the processor would follow each other
   * without end, before anybody who has come meanwhile is even heard.
   */
  #dispatchSoon(): void {
    if (this.#dispatching || !this.#pool.waits) return;
    this.#dispatching = true;
    setImmediate(() => {
      this.#dispatching = false;
      if (this.#pool.dispatch(SEATS_PER_TURN)) this.#dispatchSoon();
    });
  }

  /** Of lists only one begins in a turn of the event loop: each may need nothing but the processor, and many have come at once. */
  #hasTurn({ config }: LevelSeats, width: number): boolean {
    if (width === 1 || config.exempt || config.queuing === undefined) return true;
    if (this.#begun > 0 && this.#begun + width > SEATS_PER_TURN) return false;
    if (this.#begun === 0) setImmediate(() => (this.#begun = 0));
    this.#begun += width;
    return true;
  }

  #schemaOf(query: AuthorizationQuery): FlowRules {
    const { schemas } = this.#config;
    for (const schema of schemas) if (flowMatches(schema, query)) return schema;
    // The last one catches all.
    return schemas.at(-1)!;
  }

  #seat(schema: FlowRules, level: LevelSeats, width: number, queue: FlowQueue | undefined): Seat {
    const since = queue === undefined ? 0 : performance.now();
    this.#tally.executing(schema, 1);
    return {
      release: () => {
        this.#tally.executing(schema, -1);
        if (queue !== undefined) level.queues.done(queue, width, performance.now() - since);
        this.#pool.release(level, width);
      },
    };
  }

  #refused(schema: FlowRules, level: LevelSeats, reason: string, waited?: number): Error {
    this.#tally.rejected(schema, level, reason, waited);
    return newTooManyRequests('Too many requests, please try again later.', RETRY_AFTER);
  }
}
