import type { Clock } from '../../common/clock.ts';
import type { Log } from '../../common/log.ts';
import type { GroupVersionResource } from '../api/verbs.ts';
import type { Client } from '../client/client.ts';
import { createInformer, type Informer } from '../client/informer.ts';

/** What informers are made of. Aborting the signal ends them all. */
interface InformerOptions {
  readonly client: Client;
  readonly log: Log;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** One informer per kind, however many controllers look at it. */
export class SharedInformers {
  readonly #options: InformerOptions;
  readonly #informers = new Map<string, Informer>();

  constructor(options: InformerOptions) {
    this.#options = options;
  }

  /** Not running yet, when it is the first that is asked for of its kind. */
  of(of: GroupVersionResource): Informer {
    const key = keyOfKind(of);
    let informer = this.#informers.get(key);
    if (informer === undefined) {
      const { client, log, clock } = this.#options;
      this.#informers.set(key, (informer = createInformer(client, of, { log, clock })));
    }
    return informer;
  }

  /** An informer of a kind that was not there at the start; the function ends it. */
  start(of: GroupVersionResource): { informer: Informer; stop: () => void } {
    const ending = new AbortController();
    const informer = this.of(of);
    void informer.run(AbortSignal.any([ending.signal, this.#options.signal]));
    return {
      informer,
      stop: () => {
        ending.abort();
        this.#informers.delete(keyOfKind(of));
      },
    };
  }

  /** Runs those that were asked for by now, until the signal. */
  async run(): Promise<void> {
    await Promise.all([...this.#informers.values()].map((informer) => informer.run(this.#options.signal)));
  }
}

/** What tells kinds apart. */
export const keyOfKind = ({ group, version, resource }: GroupVersionResource): string => `${group}/${version}/${resource}`;
