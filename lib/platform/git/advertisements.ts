import type { Repository } from './repository.ts';

/** Asks git, which is a program in its pod. */
type Ask = () => Promise<Buffer>;

/** Of how many repositories the refs are remembered, and up to how many bytes of each: others are asked for each time. */
const MOST = 256;
const LARGEST = 16 << 10;

/**
 * What git says to who begins to fetch or to push, remembered: a push, and the build that fetches what was pushed, would each wait for a program to
 * start. To fetchers who speak version 2 it tells what it can do, which is the same for every repository (gitprotocol-v2, "Capability Advertisement"); to
 * pushers it tells the refs, which a push alone changes.
 */
export class Advertisements {
  #capabilities: Buffer | undefined;
  /** By the uid of the build config, the oldest first. */
  readonly #refs = new Map<string, Buffer>();
  /** How often refs may have changed, by uid: what was asked for before that is not remembered. */
  readonly #changes = new Map<string, number>();
  /** Where git was lost sight of in the middle of a push: it may change refs at any time. */
  readonly #doubtful = new Set<string>();

  async capabilities(ask: Ask): Promise<Buffer> {
    return (this.#capabilities ??= await ask());
  }

  async refs({ config }: Repository, ask: Ask): Promise<Buffer> {
    const uid = config.metadata.uid!;
    const known = this.#refs.get(uid);
    if (known !== undefined) return known;
    const changes = this.#changes.get(uid);
    const refs = await ask();
    if (changes !== this.#changes.get(uid) || refs.length > LARGEST || this.#doubtful.has(uid)) return refs;
    this.#refs.set(uid, refs);
    const [oldest] = this.#refs.keys();
    if (this.#refs.size > MOST) this.#refs.delete(oldest!);
    return refs;
  }

  /** To be called when a push begins, and when it has ended; `lost` when nobody knows whether it has. */
  changed({ config }: Repository, lost = false): void {
    const uid = config.metadata.uid!;
    if (lost) this.#doubtful.add(uid);
    this.#refs.delete(uid);
    this.#changes.set(uid, (this.#changes.get(uid) ?? 0) + 1);
  }
}
