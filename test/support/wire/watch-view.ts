import assert from 'node:assert/strict';
import { progressOf, type Told } from './recorded-answer.ts';

/** What the client of a watch had seen when it ended it. */
export interface WatchEnd {
  /** All that was there has been told of. */
  readonly synced?: true;
  /** By name, how far each object had come. Those of which nothing is waited for are left out. */
  readonly objects: Readonly<Record<string, object>>;
  readonly gone: readonly string[];
}

export interface WatchEvent {
  readonly type: string;
  readonly object: Told;
}

/** What somebody knows who watches: the last of each object. */
export class WatchView {
  readonly #objects = new Map<string, Told>();
  readonly #gone = new Set<string>();
  #synced = false;

  /** `listed`: what was there before the watch. */
  constructor(listed: readonly Told[] = []) {
    for (const object of listed) this.#objects.set(object.metadata!.name!, object);
  }

  see({ type, object }: WatchEvent): void {
    const name = object.metadata?.name;
    if (type === 'BOOKMARK') this.#synced ||= object.metadata?.annotations?.['k8s.io/initial-events-end'] === 'true';
    else if (name === undefined) throw new Error(`the watch ended with ${JSON.stringify(object)}`);
    else if (type === 'DELETED') {
      this.#objects.delete(name);
      this.#gone.add(name);
    } else {
      this.#objects.set(name, object);
      this.#gone.delete(name);
    }
  }

  end(): WatchEnd {
    const objects = [...this.#objects].map(([name, object]) => [name, progressOf(object)] as const);
    return {
      ...(this.#synced ? { synced: true } : {}),
      objects: Object.fromEntries(objects.filter(([, progress]) => Object.keys(progress).length > 0)),
      gone: [...this.#gone],
    };
  }

  /** Whether the client would end it now. */
  hasCome(end: WatchEnd): boolean {
    if (end.synced === true && !this.#synced) return false;
    if (end.gone.some((name) => this.#objects.has(name))) return false;
    return Object.entries(end.objects).every(([name, progress]) => {
      try {
        assert.partialDeepStrictEqual(this.#objects.get(name), progress);
        return true;
      } catch {
        return false;
      }
    });
  }
}
