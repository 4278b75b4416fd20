import { ensureWebImages } from './images.ts';
import { startPlatform, type TestPlatform } from './platform.ts';
import { describePlatform, SHARED_PLATFORM } from './shared-platform.ts';

// `node --test --test-global-setup`: one platform for all files of the stage, each of which has a namespace of its own.

let platform: TestPlatform | undefined;

export async function globalSetup(): Promise<void> {
  await ensureWebImages();
  platform = await startPlatform();
  process.env[SHARED_PLATFORM] = JSON.stringify(describePlatform(platform));
}

export async function globalTeardown(): Promise<void> {
  await platform?.stop();
}
