/** How much of the past is kept without being asked. */
export interface CompactionPolicy {
  /** Nothing younger than this is compacted, in ms. Clients that were away that long must list again. */
  readonly retainMs: number;
  /** The newest revisions that stay whatever their age. */
  readonly retainRevisions: number;
  /** Above this many revisions the oldest go whatever their age, so that a write storm cannot fill the disk. */
  readonly maxRevisions: number;
  /** How often to look, in ms. 0: never. */
  readonly intervalMs: number;
}

/** Five minutes, as Kubernetes has etcd compacted. */
export const defaultCompaction: CompactionPolicy = {
  retainMs: 5 * 60_000,
  retainRevisions: 1000,
  maxRevisions: 100_000,
  intervalMs: 30_000,
};

/** Decides what to compact: remembers which revision was the newest when. */
export class CompactionSchedule {
  readonly #policy: CompactionPolicy;
  readonly #marks: { readonly time: number; readonly revision: number }[] = [];

  constructor(policy: CompactionPolicy) {
    this.#policy = policy;
  }

  /** The revision to compact to now. Called every `intervalMs` with the newest revision. */
  target(time: number, revision: number): number {
    this.#marks.push({ time, revision });
    while (this.#marks[1] !== undefined && this.#marks[1].time <= time - this.#policy.retainMs) this.#marks.shift();
    const oldest = this.#marks[0]!;
    const byAge = oldest.time <= time - this.#policy.retainMs ? oldest.revision : 0;
    return Math.max(Math.min(byAge, revision - this.#policy.retainRevisions), revision - this.#policy.maxRevisions, 0);
  }
}
