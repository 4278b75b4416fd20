import type { Comprehension } from '../syntax/ast.ts';
import type { CelType } from './type.ts';

/** A variable of a fold, and the slot that keeps it while the fold runs. */
interface Local {
  readonly name: string;
  readonly type: CelType;
  readonly slot: number;
  readonly parent: Local | undefined;
}

/** Where a fold keeps its accumulator and variables; -1 for the second one of a fold that has one. */
export interface FoldSlots {
  readonly accumulator: number;
  readonly first: number;
  readonly second: number;
}

/** The variables of folds that are seen where the checker is. */
export class Locals {
  readonly folds = new Map<Comprehension, FoldSlots>();
  #innermost: Local | undefined;
  #next = 0;

  find(name: string): Local | undefined {
    for (let local = this.#innermost; local !== undefined; local = local.parent) if (local.name === name) return local;
    return undefined;
  }

  /** Declares the accumulator and the variables of a fold. The answer takes all of them back. */
  enter(fold: Comprehension, accumulator: CelType, first: CelType, second: CelType | undefined): () => void {
    const [outer, depth] = [this.#innermost, this.#next];
    this.folds.set(fold, {
      accumulator: this.#declare(fold.accumulator, accumulator),
      first: this.#declare(fold.first, first),
      second: fold.second === undefined ? -1 : this.#declare(fold.second, second!),
    });
    return () => {
      this.#innermost = outer;
      this.#next = depth;
    };
  }

  /** What a fold gives at its end sees its accumulator alone. */
  leaveVariables(fold: Comprehension): void {
    const { accumulator } = this.folds.get(fold)!;
    while (this.#innermost!.slot > accumulator) this.#innermost = this.#innermost!.parent;
  }

  #declare(name: string, type: CelType): number {
    const slot = this.#next++;
    this.#innermost = { name, type, slot, parent: this.#innermost };
    return slot;
  }
}
