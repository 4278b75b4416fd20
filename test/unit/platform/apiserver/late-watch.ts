import { setTimeout as delay } from 'node:timers/promises';
import type { Backend } from '../../../../lib/platform/storage/backend.ts';
import { createMemoryBackend } from '../../../../lib/platform/storage/memory/memory-backend.ts';

/** A memory backend whose watches tell everything so many ms late: caches are behind, as on a busy machine. */
export function lateBackend(ms: number): Backend {
  const backend = createMemoryBackend();
  const watch = backend.watch.bind(backend);
  backend.watch = async function* late(...args) {
    for await (const batch of watch(...args)) {
      await delay(ms);
      yield batch;
    }
  };
  return backend;
}
