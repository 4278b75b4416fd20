import type { KubeObject, WatchEvent } from '../../../api/meta.ts';
import type { Status } from '../../../api/status-error.ts';
import type { WatchOptions } from '../../../api/verbs.ts';
import { groupVersionText } from '../../kinds/resource-table.ts';
import type { ServerContext } from '../../server-context.ts';
import type { Operation } from '../operation.ts';
import { fromStored } from '../served-version.ts';
import { watchObjects } from './watch-objects.ts';
import type { WatchSink } from './watch-sink.ts';

/** Events that may wait for a reader in our own process, beyond the state at the start. One that falls further behind is ended. */
const MAX_WAITING = 10_000;

/** A watch as an iterator. It completes when the server or the signal ends it; a reader that was too slow comes back by itself. */
export async function* watchStream<T extends KubeObject>(
  server: ServerContext,
  operation: Operation,
  options: WatchOptions,
): AsyncGenerator<WatchEvent<T>> {
  if (options.signal?.aborted === true) return;
  const queue = new EventQueue<T>(operation);
  const stop = await watchObjects(server, operation, options, queue);
  const abort = (): void => {
    queue.drop();
    stop();
  };
  options.signal?.addEventListener('abort', abort, { once: true });
  if (options.signal?.aborted) abort();
  try {
    for (let batch = await queue.take(); batch !== undefined; batch = await queue.take()) yield* batch;
  } finally {
    options.signal?.removeEventListener('abort', abort);
    stop();
  }
}

class EventQueue<T extends KubeObject> implements WatchSink {
  readonly #operation: Operation;
  #events: WatchEvent<T>[] = [];
  #allowed = MAX_WAITING;
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(operation: Operation) {
    this.#operation = operation;
  }

  state(objects: Iterable<{ readonly object: KubeObject }>): void {
    for (const { object } of objects) {
      this.#allowed++;
      this.#push({ type: 'ADDED', object: fromStored(this.#operation.served, object) as T });
    }
  }

  event(type: WatchEvent['type'], { object }: { readonly object: KubeObject }): boolean {
    return this.#push({ type, object: fromStored(this.#operation.served, object) as T });
  }

  bookmark(revision: number, initialEventsEnd: boolean): boolean {
    const { served } = this.#operation;
    const annotations = initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
    const object = {
      kind: served.kind,
      apiVersion: groupVersionText(served),
      metadata: { resourceVersion: String(revision), ...annotations },
    };
    return this.#push({ type: 'BOOKMARK', object: object as KubeObject as T });
  }

  error(status: Status): void {
    this.#push({ type: 'ERROR', object: status as unknown as T });
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** Forgets what waits: nobody will read it. */
  drop(): void {
    this.#events = [];
  }

  /** Everything that waits; undefined after the end. */
  async take(): Promise<WatchEvent<T>[] | undefined> {
    while (this.#events.length === 0) {
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.#events.splice(0);
  }

  #push(event: WatchEvent<T>): boolean {
    if (this.#ended) return false;
    this.#events.push(event);
    this.#wake?.();
    return this.#events.length <= this.#allowed;
  }
}
