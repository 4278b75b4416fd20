import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { PodDirs } from '../../../../../../lib/platform/node/kubelet/pod-dirs.ts';
import type { Pod } from '../../../../../../lib/platform/node/kubelet/types/pod-types.ts';
import { giveToGroup } from '../../../../../../lib/platform/node/kubelet/volumes/ownership.ts';
import { setUpVolumes, type VolumesInput } from '../../../../../../lib/platform/node/kubelet/volumes/pod-volumes.ts';

/** One that this process may give to, whoever it runs as. */
const GROUP = process.getgid!();
const mode = (path: string): number => statSync(path).mode & 0o7777;

describe('a volume for a group', () => {
  let dir: string;
  let outside: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'oo-group-'));
    mkdirSync(join(dir, 'outside'), { mode: 0o700 });
    outside = join(dir, 'outside', 'secret');
    writeFileSync(outside, '');
    chmodSync(outside, 0o600);
    mkdirSync(join(dir, 'volume/deep'), { recursive: true });
    chmodSync(join(dir, 'volume/deep'), 0o700);
    writeFileSync(join(dir, 'volume/deep/file'), '');
    chmodSync(join(dir, 'volume/deep/file'), 0o604);
  });
  afterEach(() => rmSync(dir, { recursive: true }));
  const volume = (...path: string[]): string => join(dir, 'volume', ...path);

  it('lets the group in everywhere, and touches nothing that a link points at', async () => {
    symlinkSync(join(dir, 'outside'), volume('deep/link'));
    symlinkSync(outside, volume('file-link'));
    symlinkSync('/nowhere', volume('dangling'));
    await giveToGroup(volume(), GROUP, { readOnly: false });
    assert.equal(mode(volume('deep')), 0o2770);
    assert.equal(mode(volume('deep/file')), 0o664);
    assert.equal(mode(outside), 0o600);
    assert.equal(mode(join(dir, 'outside')), 0o700);
  });

  it('gives a read-only volume no leave to write', async () => {
    chmodSync(volume('deep/file'), 0o400);
    await giveToGroup(volume(), GROUP, { readOnly: true });
    assert.equal(mode(volume('deep/file')), 0o440);
  });

  it('stays inside while folders are swapped for links', async () => {
    symlinkSync(join(dir, 'outside'), volume('link'));
    let swapping = true;
    const swap = (): void => {
      if (!swapping) return;
      // Not at every turn: a swap and the swap back would fall between the same two steps each time.
      if (Math.random() < 0.3) {
        renameSync(volume('deep'), volume('other'));
        renameSync(volume('link'), volume('deep'));
        renameSync(volume('other'), volume('link'));
      }
      setImmediate(swap);
    };
    swap();
    for (let n = 0; n < 100; n++) await giveToGroup(volume(), GROUP, { readOnly: false }).catch(() => undefined);
    swapping = false;
    assert.equal(mode(outside), 0o600);
    assert.equal(mode(join(dir, 'outside')), 0o700);
  });

  it('is set up once: what containers make of it stays theirs', async () => {
    const dirs = new PodDirs(join(dir, 'node'));
    const pod = {
      metadata: { uid: 'u', name: 'p', namespace: 'ns' },
      spec: { volumes: [{ name: 'work', emptyDir: {} }], containers: [], securityContext: { fsGroup: GROUP } },
    } as unknown as Pod;
    const setUp = async (): Promise<string> => (await setUpVolumes(dirs, { pod } as VolumesInput)).get('work')!.path;
    const path = await setUp();
    assert.equal(mode(path), 0o2777);
    writeFileSync(join(path, 'private'), '');
    chmodSync(join(path, 'private'), 0o600);
    chmodSync(path, 0o700);
    assert.equal(await setUp(), path);
    assert.equal(mode(join(path, 'private')), 0o600);
    assert.equal(mode(path), 0o700);
  });
});
