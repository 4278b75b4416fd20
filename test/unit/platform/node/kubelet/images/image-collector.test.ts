import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { silentLog } from '../../../../../../lib/common/log.ts';
import { collect } from '../../../../../../lib/platform/node/kubelet/images/image-collector.ts';
import { ImageLedger } from '../../../../../../lib/platform/node/kubelet/images/image-ledger.ts';
import { FakeClock } from '../../../../../support/fake-clock.ts';
import { FakeRuntime } from '../../../../../support/fake-runtime.ts';

it('removes the oldest of its own unused images, and never those of others', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'oo-ledger-'));
  try {
    const clock = new FakeClock();
    const runtime = new FakeRuntime(clock);
    const path = join(dir, 'images.json');
    const ledger = new ImageLedger(path);
    for (const name of ['old', 'new', 'used', 'theirs', 'fresh']) runtime.addImage(name, { size: 60 });
    for (const name of ['used', 'old', 'new']) {
      await ledger.used(`sha256:${name}`, clock.now());
      await clock.advance(200_000);
    }
    await ledger.used('sha256:fresh', clock.now());
    const config = {
      name: 'c',
      image: 'used',
      labels: {},
      hostname: 'h',
      network: 'none',
      hostPID: false,
      hostIPC: false,
      shareProcessNamespace: false,
      sysctls: {},
    } as const;
    await runtime.createSandbox(config);
    const left = async (used: number, of: ImageLedger): Promise<string[]> => {
      await collect({
        runtime,
        ledger: of,
        clock,
        log: silentLog,
        disk: () => Promise.resolve({ total: 1000, free: 1000 - used }),
      });
      return (await runtime.images()).map(({ tags }) => tags[0]!);
    };
    assert.equal((await left(850, ledger)).length, 5);
    assert.deepEqual(await left(860, new ImageLedger(path)), ['new', 'used', 'theirs', 'fresh']);
    assert.deepEqual(await left(999, new ImageLedger(path)), ['used', 'theirs', 'fresh']);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
