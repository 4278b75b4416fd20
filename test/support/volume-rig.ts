import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { ensureWebImages } from './images.ts';
import { startPlatform, type TestPlatform } from './platform.ts';
import { IN_TIME } from './kubectl.ts';

/** A platform with what tests of volumes ask of it. Disposed of with `await using`, or `stop()`. */
export interface VolumeRig {
  readonly platform: TestPlatform;
  readonly kubectl: TestPlatform['kubectl'];
  /** Where the node keeps its volumes. */
  readonly folders: string;
  /** A folder of this machine that is none of the platform's. */
  readonly outside: string;
  ready(pod: string): Promise<unknown>;
  /** Deletes and waits until it is gone. */
  remove(...what: string[]): Promise<unknown>;
  volumeOf(claim: string): Promise<string>;
  /** Waits for an event about an object of that name: `REASON MESSAGE`. */
  told(name: string, pattern: RegExp): Promise<unknown>;
  /** Waits until no volume has a folder any more. */
  foldersGone(): Promise<unknown>;
  stop(): Promise<void>;
}

export async function startVolumeRig(): Promise<VolumeRig> {
  await ensureWebImages();
  const platform = await startPlatform();
  const { kubectl } = platform;
  const folders = join(platform.dataDir, 'volumes');
  const outside = mkdtempSync(join(tmpdir(), 'oo-volumes-'));
  return {
    platform,
    kubectl,
    folders,
    outside,
    ready: (name) => kubectl(['wait', '--for=condition=Ready', `pod/${name}`, IN_TIME]),
    remove: (...what) => kubectl(['delete', ...what, IN_TIME]),
    volumeOf: async (name) => (await kubectl.json('get', 'pvc', name))['spec'].volumeName as string,
    told: (name, pattern) =>
      eventually(
        async () => {
          const columns = ['-o', 'custom-columns=:.reason,:.message'];
          const text = await kubectl.text('get', 'events', `--field-selector=involvedObject.name=${name}`, ...columns);
          assert.match(text, pattern);
        },
        { timeout: 30_000 },
      ),
    foldersGone: () => eventually(() => assert.deepEqual(readdirSync(folders), []), { timeout: 30_000 }),
    async stop() {
      await platform.stop();
      rmSync(outside, { recursive: true, force: true });
    },
  };
}
