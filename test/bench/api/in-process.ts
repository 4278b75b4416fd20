import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensurePlatformCertificates } from '../../../lib/platform/pki/platform-certificates.ts';
import { createMemoryBackend } from '../../../lib/platform/storage/memory/memory-backend.ts';
import type { Contender } from '../harness.ts';
import { startApi } from './platform-server.ts';

const WATCHERS = 10_000;
const EVENTS = 50;
const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps', namespace: 'default' };

/** The floor of the watchers in one process: as many async iterators, each handed every event through a queue of its own. */
export function queues(): Contender {
  return {
    name: `${WATCHERS} queues`,
    async run() {
      const inboxes = Array.from({ length: WATCHERS }, () => new Inbox());
      const readers = inboxes.map((inbox) => readAll(inbox, EVENTS));
      const began = performance.now();
      for (let n = 0; n < EVENTS; n++) {
        for (const inbox of inboxes) inbox.push(n);
        await new Promise(setImmediate);
      }
      await Promise.all(readers);
      return { 'events/s': (WATCHERS * EVENTS * 1000) / (performance.now() - began) };
    },
  };
}

/** As many watches of the API by code in its own process, as the controllers are. */
export async function inProcessWatchers(): Promise<Contender & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-api-'));
  const certificates = await ensurePlatformCertificates(folder, { nodeName: 'n1', addresses: ['127.0.0.1'], dnsNames: [] });
  const api = await startApi(createMemoryBackend(), certificates);
  const verbs = api.verbs({ name: 'system:bench', groups: ['system:masters'] });
  return {
    name: `${WATCHERS} watches in process`,
    async run(round) {
      const abort = new AbortController();
      const { metadata } = await verbs.list(CONFIG_MAPS);
      const options = { resourceVersion: metadata.resourceVersion!, signal: abort.signal };
      const readers = Array.from({ length: WATCHERS }, () => readAll(verbs.watch(CONFIG_MAPS, options), EVENTS));
      await new Promise(setImmediate);
      const began = performance.now();
      for (let n = 0; n < EVENTS; n++)
        await verbs.create(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `p${round}-${n}` } });
      await Promise.all(readers);
      const rate = (WATCHERS * EVENTS * 1000) / (performance.now() - began);
      abort.abort();
      await verbs.deleteCollection(CONFIG_MAPS);
      return { 'events/s': rate };
    },
    async [Symbol.asyncDispose]() {
      await api.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Ends after so many items. */
async function readAll(items: AsyncIterable<unknown>, count: number): Promise<void> {
  let seen = 0;
  for await (const _item of items) if (++seen === count) return;
}

class Inbox implements AsyncIterable<number> {
  #waiting: number[] = [];
  #wake = (): void => undefined;

  push(item: number): void {
    this.#waiting.push(item);
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<number> {
    for (;;) {
      while (this.#waiting.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
      yield* this.#waiting.splice(0);
    }
  }
}
