import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { httpClient } from '../../../lib/platform/client/http-client.ts';
import { readKubeconfig } from '../../../lib/platform/pki/kubeconfig.ts';
import { eventually } from '../../support/eventually.ts';
import { startPlatform } from '../../support/platform.ts';
import { runSeed, seededRandom } from '../../support/random.ts';
import { StormWatcher } from '../../support/storm/storm-watcher.ts';
import { CONFIG_MAPS, StormWriter } from '../../support/storm/storm-writer.ts';

const rounds = Number(process.env['OO_KILLS'] ?? 200);
const WRITERS = 8;
const seed = runSeed();

test(
  `the daemon is killed ${rounds} times while ${WRITERS} write through the API (seed ${seed})`,
  { timeout: 3_600_000 },
  async (t) => {
    const random = seededRandom(seed);
    await using platform = await startPlatform({ parts: 'master' });
    const { server, caPem, certPem, keyPem } = await readKubeconfig(platform.kubeconfigPath);
    const client = httpClient({ server, caPem, certPem: certPem!, keyPem: keyPem! });
    const watching: Promise<void>[] = [];
    const stop = new AbortController();
    await using _ended = {
      [Symbol.asyncDispose]: async () => {
        stop.abort();
        await Promise.allSettled(watching);
        client.close();
      },
    };
    await eventually(() => client.get({ group: '', version: 'v1', resource: 'namespaces', name: 'default' }), {
      timeout: 20_000,
    });
    const from = Number((await client.list(CONFIG_MAPS)).metadata.resourceVersion);
    const writers = Array.from({ length: WRITERS }, (_each, i) => new StormWriter(client, `w${i}`));
    const watchers = [new StormWatcher(client, from), new StormWatcher(client, from)];
    watching.push(...watchers.map((watcher) => watcher.run(stop.signal)));
    let newest = from;
    let revisions = 0;
    const restarts: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const done = new AbortController();
      const before = writers.reduce((sum, writer) => sum + writer.acknowledged, 0);
      const writing = writers.map((writer) => writer.write(done.signal));
      await eventually(() => writers.reduce((sum, writer) => sum + writer.acknowledged, 0) > before, { timeout: 20_000 });
      await delay(random() * 300);
      await platform.kill('SIGKILL');
      done.abort();
      await Promise.all(writing);
      const began = performance.now();
      // On a machine that does much else it may take long; that it comes is what matters.
      await platform
        .start()
        .catch(() => eventually(() => platform.kubectl(['get', '--raw', '/readyz']), { timeout: 120_000 }))
        .catch((error: unknown) => {
          throw new Error(`round ${round}: the daemon does not come back; its log ends with\n${platform.log().slice(-3000)}`, {
            cause: error,
          });
        });
      restarts.push(performance.now() - began);

      const list = await client.list(CONFIG_MAPS, { labelSelector: 'storm=true' });
      const revision = Number(list.metadata.resourceVersion);
      newest = Math.max(newest, ...writers.map((writer) => writer.newest));
      assert.ok(revision >= newest, `round ${round}: the API is at ${revision}, and had answered with ${newest}`);
      newest = revision;
      const objects = new Map(
        list.items.map(({ metadata, data }) => [
          metadata.name!,
          { value: data.value as string, revision: Number(metadata.resourceVersion) },
        ]),
      );
      for (const writer of writers) assert.deepEqual(writer.judge(objects), [], `round ${round}`);
      for (const watcher of watchers) {
        const written = writers.flatMap((writer) => writer.revisions);
        await eventually(
          () =>
            assert.deepEqual(
              written.filter((each) => !watcher.seen.has(each)),
              [],
            ),
          { timeout: 20_000 },
        );
        assert.deepEqual(watcher.wrong, [], `round ${round}`);
        revisions += written.length;
      }
      if (round % 10 === 9) process.stderr.write(`${round + 1} kills\n`);
      for (const watcher of watchers) watcher.seen.clear();
      for (const writer of writers) writer.revisions.length = 0;
    }
    stop.abort();
    await Promise.all(watching);
    client.close();
    const acknowledged = writers.reduce((sum, writer) => sum + writer.acknowledged, 0);
    restarts.sort((a, b) => a - b);
    t.diagnostic(
      `${rounds} kills, ${acknowledged} acknowledged writes, ${revisions} events checked at 2 watchers, which resumed ${watchers.map((each) => each.resumed).join(' and ')} times; ` +
        `ready again after ${restarts[rounds >> 1]!.toFixed()} ms (median), ${restarts.at(-1)!.toFixed()} ms (most)`,
    );
  },
);
