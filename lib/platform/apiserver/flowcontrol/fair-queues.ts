import type { Queuing } from '../../api/flow-rules.ts';
import { dealHand } from './shuffle-shard.ts';

/** What a request is taken to last, in ms, until it is known. */
const EXPECTED_MS = 5;

/** A request that waits for its turn. */
export interface Waiting {
  /** Seats that it takes. */
  readonly width: number;
  /** Its turn has come. Called once, and not after it has left. */
  begin(queue: FlowQueue): void;
}

/** The requests of a few flows, first come first served, and how much of the server they have had. */
export interface FlowQueue {
  readonly index: number;
  readonly waiting: Waiting[];
  /** Seats of those that wait. */
  seats: number;
  /** Requests that came out of it and are not done. */
  executing: number;
  /** Seats times ms that it has had, counted on the level's clock. */
  virtualStart: number;
}

/**
 * The requests of one priority level that wait, in queues that get the same part of the level each (fair queueing by virtual time,
 * apiserver/pkg/util/flowcontrol/fairqueuing): of the queues that hold something the one is next that has had the least.
 * Only queues with something to remember exist, whatever the number that is configured.
 */
export class FairQueues {
  readonly #queues = new Map<number, FlowQueue>();
  #virtualTime = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Puts the request into the shortest queue of its flow's hand. False: that is full. Give the queue to `leave` when it is not to wait any more. */
  add(flow: string, waiting: Waiting, { queues, handSize, queueLengthLimit }: Queuing): FlowQueue | undefined {
    let shortest: FlowQueue | undefined;
    let index = -1;
    for (const each of dealHand(flow, queues, handSize)) {
      const queue = this.#queues.get(each);
      if (queue === undefined || shortest === undefined || load(queue) < load(shortest)) [shortest, index] = [queue, each];
      if (queue === undefined) break;
    }
    const queue = shortest ?? this.#open(index);
    if (queue.waiting.length >= queueLengthLimit) return undefined;
    // One that was idle has no claim on what it did not use.
    if (queue.waiting.length === 0) queue.virtualStart = Math.max(queue.virtualStart, this.#virtualTime);
    queue.waiting.push(waiting);
    queue.seats += waiting.width;
    this.#length++;
    return queue;
  }

  /** Seats that the next one takes; undefined when nobody waits. */
  get nextWidth(): number | undefined {
    return this.#next()?.waiting[0]!.width;
  }

  /** Takes the next one out. */
  shift(): { readonly waiting: Waiting; readonly queue: FlowQueue } | undefined {
    const queue = this.#next();
    if (queue === undefined) return undefined;
    const waiting = queue.waiting[0]!;
    this.leave(queue, waiting);
    this.#virtualTime = Math.max(this.#virtualTime, queue.virtualStart);
    queue.virtualStart += waiting.width * EXPECTED_MS;
    queue.executing++;
    this.#queues.set(queue.index, queue);
    return { waiting, queue };
  }

  /** It gave up. */
  leave(queue: FlowQueue, waiting: Waiting): void {
    const at = queue.waiting.indexOf(waiting);
    if (at === -1) return;
    queue.waiting.splice(at, 1);
    queue.seats -= waiting.width;
    this.#length--;
    this.#forget(queue);
  }

  /** A request that came out of the queue is done: it took so long, whatever was expected. */
  done(queue: FlowQueue, width: number, ms: number): void {
    queue.executing--;
    queue.virtualStart += width * (ms - EXPECTED_MS);
    this.#forget(queue);
  }

  #open(index: number): FlowQueue {
    const queue: FlowQueue = { index, waiting: [], seats: 0, executing: 0, virtualStart: this.#virtualTime };
    this.#queues.set(index, queue);
    return queue;
  }

  #forget(queue: FlowQueue): void {
    if (queue.waiting.length === 0 && queue.executing === 0) this.#queues.delete(queue.index);
  }

  #next(): FlowQueue | undefined {
    let next: FlowQueue | undefined;
    for (const queue of this.#queues.values())
      if (queue.waiting.length > 0 && (next === undefined || finish(queue) < finish(next))) next = queue;
    return next;
  }
}

const load = ({ seats, executing }: FlowQueue): number => seats + executing;

/** When its next request would be done. */
const finish = ({ virtualStart, waiting }: FlowQueue): number => virtualStart + waiting[0]!.width * EXPECTED_MS;
