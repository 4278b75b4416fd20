import { createMemoryBackend, type MemoryBackendOptions } from '../../../lib/platform/storage/memory/memory-backend.ts';
import type { BackendFixture } from './backend-fixture.ts';
import { backendSuite } from './backend-suite.ts';

function open(options: MemoryBackendOptions): BackendFixture {
  const backend = createMemoryBackend(options);
  return { backend, [Symbol.asyncDispose]: () => backend.close() };
}

backendSuite('memory backend', async () => open({ progressMs: 10 }));
// So small a window that almost every watch reads from the log.
backendSuite('memory backend with a window of 3 events', async () => open({ progressMs: 10, windowEvents: 3 }));
