import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { packageRoot } from '../../lib/common/assets.ts';
import { readKubeconfig } from '../../lib/platform/pki/kubeconfig.ts';
import { eventually } from '../support/eventually.ts';
import { runCommand } from '../support/run-command.ts';

const skip = process.getuid?.() === 0 ? false : 'a network of its own needs root';
const [FIRST, SECOND] = ['192.0.2.7', '198.51.100.9'];
const program = [process.execPath, '--disable-warning=ExperimentalWarning', join(packageRoot(), 'bin', 'openshift.ts')];
const IN_TIME = { timeout: 120_000 };

test(
  'a machine that gets another address while the daemon runs is served at that one, with the same data',
  { skip },
  async (t) => {
    const namespace = `oot${process.pid}m`;
    const data = mkdtempSync(join(tmpdir(), 'oo-address-'));
    const kubeconfig = join(data, 'kubeconfig', 'admin.kubeconfig');
    const inside = (...argv: string[]) => runCommand(['ip', 'netns', 'exec', namespace, ...argv]);
    const ip = (...args: string[]) => runCommand(['ip', '-n', namespace, ...args]);
    await runCommand(['ip', 'netns', 'add', namespace]);
    t.after(async () => {
      await runCommand(['ip', 'netns', 'delete', namespace]);
      rmSync(data, { recursive: true, force: true });
    });
    const moveTo = async (address: string): Promise<void> => {
      await ip('address', 'flush', 'dev', 'eth0');
      await ip('address', 'add', `${address}/24`, 'dev', 'eth0');
      await ip('route', 'add', 'default', 'dev', 'eth0');
    };
    await ip('link', 'set', 'lo', 'up');
    await ip('link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'wire');
    for (const end of ['eth0', 'wire']) await ip('link', 'set', end, 'up');
    await moveTo(FIRST);

    const start = ['start', 'master', '--data-dir', data, '--node-name', 'web1'];
    const daemon = spawn('ip', ['netns', 'exec', namespace, ...program, ...start], { stdio: ['ignore', 'inherit', 'pipe'] });
    const exit = once(daemon, 'exit');
    const told: Record<string, unknown>[] = [];
    createInterface({ input: daemon.stderr }).on('line', (line) => void told.push(JSON.parse(line)));
    const startedAt = (address: string) =>
      eventually(() => {
        assert.equal(daemon.exitCode, null, 'it has ended');
        assert.ok(told.some(({ msg, url }) => msg === 'started' && url === `https://${address}:8443`));
      }, IN_TIME);
    /** As the administrator whom the kubeconfig tells of, at the address that it tells. */
    const ask = async (...args: string[]) => (await inside(...program, ...args, '--kubeconfig', kubeconfig)).stdout.trim();
    try {
      await startedAt(FIRST);
      const { caPem } = await readKubeconfig(kubeconfig);
      assert.match(await ask('new-project', 'kept'), /The project kept is there/);
      await moveTo(SECOND);
      await startedAt(SECOND);
      const moved = await readKubeconfig(kubeconfig);
      assert.deepEqual([moved.server, moved.caPem], [`https://${SECOND}:8443`, caPem]);
      assert.equal(await ask('whoami'), 'system:admin');
      await assert.rejects(ask('new-project', 'kept'), /"kept" already exists/);
      const [news, ...more] = told.filter(({ msg }) => msg === 'this machine has another address, starting anew');
      assert.deepEqual([news!['was'], news!['is'], more.length], [FIRST, SECOND, 0]);
    } finally {
      daemon.kill('SIGTERM');
    }
    assert.deepEqual(await exit, [0, null]);
  },
);
