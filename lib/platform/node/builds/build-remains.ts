import { join } from 'node:path';
import type { Clock } from '../../../common/clock.ts';
import { errorText } from '../../../common/errors.ts';
import type { Log } from '../../../common/log.ts';
import type { ImageRuntime } from '../../runtime/image-runtime.ts';
import { BuildJournal } from './build-journal.ts';

/** What the names of a node's containers of builds begin with. */
export const containerPrefix = (nodeName: string): string => `build.${nodeName}.`;

/** Takes away what builds have left on this machine: containers, and images by the journals. No build may be running. */
export async function removeBuilds(images: ImageRuntime, nodeName: string, dataDir: string): Promise<void> {
  for (const { id } of await images.named(containerPrefix(nodeName))) await images.remove(id);
  const folder = join(dataDir, 'builds');
  for (const uid of BuildJournal.list(folder)) await discardImages(images, new BuildJournal(folder, uid));
}

/** Takes away the images of one build, but for those that are kept. What a pod has pulled meanwhile has another name, and stays. */
export async function discardImages(
  images: ImageRuntime,
  journal: BuildJournal,
  isKept: (id: string) => boolean = () => false,
): Promise<void> {
  for (const id of journal.all()) if (!isKept(id)) await images.discard(id);
  journal.close();
}

interface Options {
  readonly images: ImageRuntime;
  /** Of journals. */
  readonly folder: string;
  /** Images of builds that stay. */
  readonly isKept: (id: string) => boolean;
  readonly clock: Clock;
  readonly log: Log;
}

/** How long an image stays here after its push, in ms: a rollout that it starts has pulled it by then. */
const KEPT_MS = 30_000;

/** Images that were pushed and are kept a little: whoever pulls them from the registry finds their layers here. */
export class PushedImages {
  readonly #options: Options;
  readonly #stopping = new AbortController();
  readonly #kept = new Set<Promise<void>>();

  constructor(options: Options) {
    this.#options = options;
  }

  /** Takes a build's images away later. A node that is killed meanwhile finds them by the journal. */
  keep(uid: string): void {
    const { images, folder, isKept, clock, log } = this.#options;
    const kept = clock
      .sleep(KEPT_MS, this.#stopping.signal)
      .catch(() => undefined)
      .then(() => discardImages(images, new BuildJournal(folder, uid), isKept))
      .catch((error: unknown) => log.warn({ uid, error: errorText(error) }, 'images of a build are left until the node starts'))
      .finally(() => this.#kept.delete(kept));
    this.#kept.add(kept);
  }

  /** Takes them away now. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#kept);
  }
}
