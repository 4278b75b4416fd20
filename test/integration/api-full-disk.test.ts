import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { KubeObject } from '../../lib/platform/api/meta.ts';
import { isReason, StatusError } from '../../lib/platform/api/status-error.ts';
import { httpClient } from '../../lib/platform/client/http-client.ts';
import { readKubeconfig } from '../../lib/platform/pki/kubeconfig.ts';
import { eventually } from '../support/eventually.ts';
import { startPlatform } from '../support/platform.ts';

const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps', namespace: 'default' } as const;
const skip = process.getuid?.() === 0 ? false : 'mounting a small disk needs root';
const named = (name: string, bytes: number): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data: { a: 'x'.repeat(bytes) },
});

test(
  'on a full disk the API reads and watches, says why it does not write, and goes on by itself',
  { skip, timeout: 480_000 },
  async () => {
    const disk = mkdtempSync(join(tmpdir(), 'oo-full-api-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${32 << 20}`, 'oo-install-test', disk]);
    try {
      await using platform = await startPlatform({ parts: 'master', config: { dataDir: join(disk, 'data') } });
      const { server, caPem, certPem, keyPem } = await readKubeconfig(platform.kubeconfigPath);
      const client = httpClient({ server, caPem, certPem: certPem!, keyPem: keyPem! });
      await eventually(() => client.get({ group: '', version: 'v1', resource: 'namespaces', name: 'default' }), {
        timeout: 20_000,
      });
      const filler = join(disk, 'filler');
      assert.throws(() => writeFileSync(filler, Buffer.alloc(32 << 20)), { code: 'ENOSPC' });
      truncateSync(filler, statSync(filler).size - (1 << 20));

      const acknowledged: string[] = [];
      let refusal: unknown;
      for (let i = 0; refusal === undefined && i < 2000; i++)
        await client.create(CONFIG_MAPS, named(`c${i}`, 20_000)).then(
          () => acknowledged.push(`c${i}`),
          (error: unknown) => (refusal = error),
        );
      assert.ok(refusal instanceof StatusError, String(refusal));
      assert.equal(refusal.code, 503);
      assert.match(refusal.message, /^the store is full: no space left on the disk of .*store\.db$/);
      const { stderr } = await platform.kubectl(['create', 'configmap', 'large', `--from-literal=a=${'y'.repeat(100_000)}`], {
        anyCode: true,
      });
      assert.match(stderr, /^error: failed to create configmap: the store is full: no space left on the disk of/);

      assert.ok(acknowledged.length > 5, String(acknowledged.length));
      const list = async (): Promise<string[]> => (await client.list(CONFIG_MAPS)).items.map(({ metadata }) => metadata.name!);
      const before = (await list()).filter((name) => name !== 'kube-root-ca.crt');
      assert.deepEqual(before.toSorted(), acknowledged.toSorted());
      assert.equal((await client.get({ ...CONFIG_MAPS, name: acknowledged[0]! })).metadata.name, acknowledged[0]);
      await platform.kubectl(['get', '--raw', '/readyz']);

      const seen: string[] = [];
      const stop = new AbortController();
      const watching = (async () => {
        for await (const { type, object } of client.watch(CONFIG_MAPS, { signal: stop.signal }))
          seen.push(`${type} ${object.metadata.name}`);
      })();
      await eventually(() => assert.ok(seen.length >= acknowledged.length));
      const pid = platform.pid();
      rmSync(filler);
      await eventually(() =>
        client.create(CONFIG_MAPS, named('after', 100_000)).catch((error: unknown) => {
          if (!isReason(error, 'AlreadyExists')) throw error;
        }),
      );
      await eventually(() => assert.ok(seen.includes('ADDED after')));
      assert.equal(platform.pid(), pid);
      stop.abort();
      await watching;
      await platform.kill('SIGKILL');
      await platform.start();
      assert.deepEqual(
        (await list()).filter((name) => name !== 'kube-root-ca.crt').toSorted(),
        [...acknowledged, 'after'].toSorted(),
      );
      assert.ok(
        platform
          .log()
          .split('\n')
          .filter((line) => line.includes('no space')).length < 20,
        'the log does not help to fill the disk',
      );
      client.close();
    } finally {
      execFileSync('umount', ['-l', disk]);
      rmSync(disk, { recursive: true });
    }
  },
);
