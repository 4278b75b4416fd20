import { setTimeout as delay } from 'node:timers/promises';
import { StatusError } from '../../../lib/platform/api/status-error.ts';
import type { Client } from '../../../lib/platform/client/client.ts';
import { CONFIG_MAPS } from './storm-writer.ts';

/** Watches from one revision on, goes on where it was after every end, and remembers what it saw. */
export class StormWatcher {
  readonly #client: Client;
  /** Revisions of the events since the last look. */
  readonly seen = new Set<number>();
  /** What must not be: an event that was not newer, a past that is gone. */
  readonly wrong: string[] = [];
  last: number;
  resumed = 0;

  constructor(client: Client, from: number) {
    this.#client = client;
    this.last = from;
  }

  async run(signal: AbortSignal): Promise<void> {
    for (; !signal.aborted; this.resumed++) {
      try {
        for await (const { type, object } of this.#client.watch(CONFIG_MAPS, { resourceVersion: String(this.last), signal })) {
          if (type === 'ERROR') throw new StatusError(object as never);
          const revision = Number(object.metadata.resourceVersion);
          if (revision <= this.last) this.wrong.push(`${type} of ${object.metadata.name} at ${revision} came after ${this.last}`);
          this.last = revision;
          this.seen.add(revision);
        }
      } catch (error) {
        if (error instanceof StatusError && error.code === 410) this.wrong.push(`the past is gone: ${error.message}`);
      }
      // The API is away; its clients ask again, not at once.
      if (!signal.aborted) await delay(20);
    }
  }
}
