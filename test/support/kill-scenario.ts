import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { apiCaller } from './api-caller.ts';
import { ooInstall, startHostWithCheckout } from './checkout-on-host.ts';
import { eventually } from './eventually.ts';
import { readLoad, writeLoad } from './load.ts';
import { createExamples, examplesAnswer, examplesReady, exampleUrl, platformOnHost } from './platform-on-host.ts';
import type { TestHost } from './test-host.ts';

/** Containers of the platform as Docker lists them: full id and name. */
async function containers(host: TestHost): Promise<string[]> {
  const format = '{{.ID}} {{.Names}}';
  const { stdout } = await host.exec([
    'docker',
    'ps',
    '--no-trunc',
    '--filter',
    'label=io.kubernetes.docker.type',
    '--format',
    format,
  ]);
  return stdout.trim().split('\n').sort();
}

/**
 * Kills the daemon, and then Docker, by SIGKILL at random moments under load, `rounds` times each. Requests to the pods go on while
 * the daemon is away; the same containers are adopted; every acknowledged write is there; nothing is left over or doubled.
 */
export async function killScenario(options: { rounds: number; host?: () => Promise<TestHost> }): Promise<void> {
  const { rounds } = options;
  const host = await (options.host?.() ?? startHostWithCheckout({ docker: 'running', equipped: true }));
  after(() => host.dispose());
  const token = randomBytes(8).toString('hex');
  // Debian's unit gives up after three starts in a minute; here Docker dies more often than that.
  await host.write({ '/etc/systemd/system/docker.service.d/tests.conf': '[Unit]\nStartLimitIntervalSec=0\n' });
  await host.exec(['systemctl', 'daemon-reload']);
  const installed = await ooInstall(host, ['localhost']);
  assert.equal(installed.code, 0, installed.stdout + installed.stderr);
  const platform = await platformOnHost(host);
  after(() => platform[Symbol.dispose]());
  const { kubectl } = platform;
  const call = await apiCaller(platform.kubeconfigPath);
  await createExamples(kubectl, token);
  const url = await exampleUrl(host, kubectl);
  await examplesAnswer(url, token);

  const ready = async (): Promise<void> => {
    await eventually(() => kubectl(['get', '--raw', '/readyz'], { timeout: 5_000 }), { timeout: 30_000 });
  };
  const assertWritten = async (names: readonly string[]): Promise<void> => {
    const there = new Set((await kubectl.text('get', 'configmaps', '-o', 'jsonpath={.items[*].metadata.name}')).split(' '));
    assert.deepEqual(
      names.filter((name) => !there.has(name)),
      [],
      'acknowledged writes are gone',
    );
    assert.ok(names.length > 0, 'nothing was written at all');
  };

  test(`the daemon killed ${rounds} times: pods serve on, their containers are adopted, no write is lost`, async () => {
    // The pod that tried the platform may still be going.
    const before = await eventually(
      async () => {
        const now = await containers(host);
        assert.equal(now.length, 6, `three sandboxes and what runs in them, not\n${now.join('\n')}`);
        return now;
      },
      { timeout: 30_000 },
    );
    await using writes = writeLoad(call, 'default');
    await using reads = readLoad(url, token);
    for (let round = 0; round < rounds; round++) {
      await delay(100 + Math.random() * 1_500);
      await host.exec(['systemctl', 'kill', '--signal=KILL', '--kill-who=main', 'openshift']);
      await ready();
    }
    await Promise.all([writes.stop(), reads.stop()]);
    assert.deepEqual(reads.results, []);
    await assertWritten(writes.results);
    await examplesReady(kubectl);
    assert.deepEqual(await containers(host), before);
    await kubectl(['delete', 'configmaps', '--all', '--wait=false'], { timeout: 60_000 });
  });

  test(`Docker killed ${rounds} times: pods come back, one container each`, async () => {
    await using writes = writeLoad(call, 'default');
    for (let round = 0; round < rounds; round++) {
      await delay(100 + Math.random() * 1_500);
      await host.exec(['systemctl', 'kill', '--signal=KILL', '--kill-who=main', 'docker']);
      await eventually(() => host.exec(['docker', 'info'], { timeout: 5_000 }), { timeout: 30_000 });
    }
    await writes.stop();
    await assertWritten(writes.results);
    await eventually(
      async () => {
        await examplesReady(kubectl);
        await examplesAnswer(url, token);
        const names = (await containers(host)).map((line) => line.split(' ')[1]!.replace(/_\d+$/, ''));
        assert.equal(new Set(names).size, names.length, `doubled: ${names.join(', ')}`);
        assert.equal(names.filter((name) => name.startsWith('k8s_hello_hello-')).length, 3);
      },
      { timeout: 60_000 },
    );
  });
}
