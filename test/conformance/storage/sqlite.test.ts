import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteBackend, type SqliteBackendOptions } from '../../../lib/platform/storage/sqlite/sqlite-backend.ts';
import type { BackendFixture } from './backend-fixture.ts';
import { backendSuite } from './backend-suite.ts';

async function open(options: Partial<SqliteBackendOptions>): Promise<BackendFixture> {
  const dir = await mkdtemp(join(tmpdir(), 'oo-store-'));
  const backend = await openSqliteBackend({ path: join(dir, 'store.db'), progressMs: 10, ...options });
  return {
    backend,
    [Symbol.asyncDispose]: async () => {
      await backend.close();
      await rm(dir, { recursive: true });
    },
  };
}

backendSuite('sqlite backend', () => open({}));
// So small a window that almost every watch reads from the table.
backendSuite('sqlite backend with a window of 3 events', () => open({ windowEvents: 3 }));
