import type { PriorityLevel } from '../../api/flow-rules.ts';
import { FairQueues } from './fair-queues.ts';

/** A priority level at work: what it may use, what it uses, who waits. */
export interface LevelSeats {
  config: PriorityLevel;
  /** Its own seats; what of them is never lent; how many it may use with what others lend. */
  nominal: number;
  minimum: number;
  maximum: number;
  used: number;
  readonly queues: FairQueues;
}

/** Seats of each level out of `total`, by their shares (apiserver/pkg/util/flowcontrol/apf_controller.go: nominalCL, minCL, maxCL). */
function shareSeats(levels: readonly PriorityLevel[], total: number): Omit<LevelSeats, 'used' | 'queues'>[] {
  const shares = levels.reduce((sum, level) => sum + level.shares, 0);
  return levels.map((config) => {
    const nominal = shares === 0 ? 0 : Math.ceil((total * config.shares) / shares);
    const lendable = Math.round((nominal * config.lendablePercent) / 100);
    const borrowed =
      config.borrowingLimitPercent === undefined ? total : Math.round((nominal * config.borrowingLimitPercent) / 100);
    return { config, nominal, minimum: nominal - lendable, maximum: nominal + borrowed };
  });
}

/**
 * The seats of all levels. A level that needs more than its own may use what others lend and do not use; they get it back as soon
 * as those requests are done, since whoever uses the least of its own is next.
 */
export class SeatPool {
  readonly #total: number;
  readonly #freed: () => void;
  #levels = new Map<string, LevelSeats>();
  /** Used, or kept for those who do not lend it. */
  #taken = 0;

  /** `freed` is called when there may be seats for somebody who waits: `dispatch` lets them begin. */
  constructor(total: number, freed: () => void) {
    this.#total = total;
    this.#freed = freed;
  }

  get levels(): Iterable<LevelSeats> {
    return this.#levels.values();
  }

  /** Whether anybody waits. */
  get waits(): boolean {
    for (const { queues } of this.#levels.values()) if (queues.length > 0) return true;
    return false;
  }

  level(name: string): LevelSeats | undefined {
    return this.#levels.get(name);
  }

  /** Levels that stay keep their requests; those that wait at a level that is gone begin at once. */
  configure(levels: readonly PriorityLevel[]): void {
    const before = this.#levels;
    this.#levels = new Map(
      shareSeats(levels, this.#total).map((share) => {
        const kept = before.get(share.config.name);
        before.delete(share.config.name);
        return [share.config.name, Object.assign(kept ?? { used: 0, queues: new FairQueues() }, share)];
      }),
    );
    this.#taken = 0;
    // Those that are gone keep what they use until it is done.
    for (const level of before.values()) level.minimum = 0;
    for (const level of [...this.#levels.values(), ...before.values()]) this.#taken += claim(level);
    for (const level of before.values()) while (level.queues.length > 0) this.#begin(level);
    this.#freed();
  }

  /** Takes seats when there are any and nobody who has a better right waits for them. */
  take(level: LevelSeats, width: number): boolean {
    if (level.config.exempt) {
      level.used += width;
      return true;
    }
    if (level.queues.length > 0 || !this.#fits(level, width)) return false;
    if (level.used + width > level.nominal && this.#othersWait(level)) return false;
    this.#use(level, width);
    return true;
  }

  release(level: LevelSeats, width: number): void {
    this.#use(level, -width);
    this.#freed();
  }

  /**
   * Lets those begin for whom there are seats, until they take `most` of them: first the level that uses the least of its own. Whether
   * there are more.
   */
  dispatch(most = Infinity): boolean {
    let begun = 0;
    for (let next = this.#nextLevel(); next !== undefined; next = this.#nextLevel()) {
      if (begun >= most) return true;
      begun += this.#begin(next);
    }
    return false;
  }

  #nextLevel(): LevelSeats | undefined {
    let best: LevelSeats | undefined;
    let owed = false;
    for (const level of this.#levels.values()) {
      const width = level.queues.length === 0 ? undefined : level.queues.nextWidth;
      if (width === undefined) continue;
      if (!this.#fits(level, width)) owed ||= level.used < level.nominal;
      else if (best === undefined || fullness(level) < fullness(best)) best = level;
    }
    // What one waits for whose own it is, nobody borrows meanwhile.
    return best !== undefined && owed && best.used >= best.minimum ? undefined : best;
  }

  #begin(level: LevelSeats): number {
    const { waiting, queue } = level.queues.shift()!;
    this.#use(level, waiting.width);
    waiting.begin(queue);
    return waiting.width;
  }

  /** A level that uses nothing may always begin one request, however wide that is. */
  #fits(level: LevelSeats, width: number): boolean {
    if (level.used === 0) return true;
    return level.used + width <= level.maximum && this.#taken - claim(level) + level.used + width <= this.#total;
  }

  #othersWait(level: LevelSeats): boolean {
    for (const other of this.#levels.values()) if (other !== level && other.queues.length > 0) return true;
    return false;
  }

  #use(level: LevelSeats, width: number): void {
    this.#taken -= claim(level);
    level.used += width;
    this.#taken += claim(level);
  }
}

/** What no other level may use. */
const claim = ({ config, used, minimum }: LevelSeats): number => (config.exempt ? minimum : Math.max(used, minimum));

const fullness = ({ used, nominal }: LevelSeats): number => used / Math.max(nominal, 1);
