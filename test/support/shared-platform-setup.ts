import { type Etcd, startEtcd } from './etcd.ts';
import { ensureWebImages } from './images.ts';
import { startPlatform, type TestPlatform } from './platform.ts';
import { describePlatform, SHARED_PLATFORM } from './shared-platform.ts';

// `node --test --test-global-setup`: one platform for all files of the stage, each of which has a namespace of its own.

let platform: TestPlatform | undefined;
let etcd: Etcd | undefined;

export async function globalSetup(): Promise<void> {
  await ensureWebImages();
  // The same files on the other store: test/run kubectl-etcd.
  if (process.env['OO_TEST_STORE'] === 'etcd') etcd = await startEtcd();
  platform = await startPlatform(etcd === undefined ? {} : { config: { etcd: { endpoints: [...etcd.endpoints] } } });
  process.env[SHARED_PLATFORM] = JSON.stringify(describePlatform(platform));
}

export async function globalTeardown(): Promise<void> {
  await platform?.stop();
  await etcd?.[Symbol.asyncDispose]();
}
