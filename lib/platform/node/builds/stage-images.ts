import { createHash } from 'node:crypto';
import type { Clock } from '../../../common/clock.ts';
import type { ImageRuntime } from '../../runtime/image-runtime.ts';
import { BuildJournal } from './build-journal.ts';

/** Outputs whose stages are kept, and for how long after their last build, in ms. */
const MOST = 32;
const KEPT_MS = 24 * 3_600_000;

interface Options {
  readonly images: ImageRuntime;
  /** Of journals: a node that was killed takes these images away with everything else when it starts. */
  readonly folder: string;
  readonly clock: Clock;
}

interface Kept {
  readonly journal: BuildJournal;
  readonly ids: readonly string[];
  readonly at: number;
}

/**
 * Images of the stages before the last one of Dockerfiles, by the output that they were made for: the image that is pushed does not hold them, and the next build for the same
 * output takes their steps over. An output is one project's, so no other project sees them.
 */
export class StageImages {
  readonly #options: Options;
  readonly #kept = new Map<string, Kept>();

  constructor(options: Options) {
    this.#options = options;
  }

  earlier(output: string): readonly string[] {
    return this.#kept.get(output)?.ids ?? [];
  }

  /** Whether an image is kept, by its id or the beginning of it: whoever takes a build's images away leaves it. */
  has(id: string): boolean {
    const digits = id.replace(/^sha256:/, '');
    return [...this.#kept.values()].some(({ ids }) => ids.some((kept) => kept.startsWith(`sha256:${digits}`)));
  }

  /** Keeps these in place of those of the build before. */
  async keep(output: string, ids: readonly string[]): Promise<void> {
    const { clock, folder } = this.#options;
    const old = this.#kept.get(output);
    const journal = old?.journal ?? new BuildJournal(folder, `stages-${createHash('sha256').update(output).digest('hex')}`);
    for (const id of ids) await journal.note(id);
    // Again at the end: the order is that of their use.
    this.#kept.delete(output);
    this.#kept.set(output, { journal, ids, at: clock.now() });
    await this.#discard(old?.ids ?? []);
    const late = [...this.#kept].filter(([, { at }], index) => index < this.#kept.size - MOST || clock.now() - at > KEPT_MS);
    for (const [name, { ids: gone, journal: closed }] of late) {
      this.#kept.delete(name);
      await this.#discard(gone);
      closed.close();
    }
  }

  async #discard(ids: readonly string[]): Promise<void> {
    for (const id of ids.toReversed()) if (!this.has(id)) await this.#options.images.discard(id);
  }
}
