import { after } from 'node:test';
import { openEtcdBackend } from '../../../lib/platform/storage/etcd/etcd-backend.ts';
import { startEtcd } from '../../support/etcd.ts';
import type { BackendFixture } from './backend-fixture.ts';
import { backendSuite } from './backend-suite.ts';

// A real etcd for each test, since revisions begin at 1. The next one starts while a test runs.
let next = startEtcd();
next.catch(() => undefined);
after(async () => (await next)[Symbol.asyncDispose]());

async function open(): Promise<BackendFixture> {
  const etcd = await next;
  next = startEtcd();
  next.catch(() => undefined);
  const backend = await openEtcdBackend({ endpoints: etcd.endpoints, prefix: '/test', progressMs: 10 });
  return {
    backend,
    [Symbol.asyncDispose]: async () => {
      await backend.close();
      await etcd[Symbol.asyncDispose]();
    },
  };
}

backendSuite('etcd backend', open);
