import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { packageRoot } from '../../../lib/common/assets.ts';
import { openshiftBundle } from '../../../lib/installer/artifacts/bundle.ts';
import { debianArchitecture } from '../../../lib/installer/artifacts/debian-architecture.ts';
import { nodeRuntime } from '../../../lib/installer/artifacts/runtime.ts';
import { daemonEnvironment, daemonNodeFlags } from '../../../lib/installer/phases/install-runtime.ts';
import { httpClient } from '../../../lib/platform/client/http-client.ts';
import { readKubeconfig } from '../../../lib/platform/pki/kubeconfig.ts';
import { eventually } from '../../support/eventually.ts';
import { runSeed, seededRandom } from '../../support/random.ts';
import { CONFIG_MAPS, StormWriter } from '../../support/storm/storm-writer.ts';
import { startTestMachine } from '../../support/vm/test-machine.ts';

// `kill -9` leaves what the kernel was told; a power cut leaves what the disk was told. Only the second one tries fsync.

const cuts = Number(process.env['OO_POWER_CUTS'] ?? 20);
const WRITERS = 4;
const FOLDER = '/opt/power-cuts';
const PORT = 8443;
const seed = runSeed();

const folder = mkdtempSync(join(tmpdir(), 'oo-power-'));
const machine = await startTestMachine();
after(async () => {
  await machine.dispose();
  rmSync(folder, { recursive: true });
});

/** The API, its store and the controllers under systemd, which starts them again with the machine. */
async function installDaemon(): Promise<void> {
  const cacheDir = join(packageRoot(), '.cache', 'bench');
  const artifacts = [await nodeRuntime({ cacheDir, arch: debianArchitecture() }), await openshiftBundle({ cacheDir })];
  for (const { path, source, mode } of artifacts.flatMap(({ files }) => files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    copyFileSync(source, join(folder, path));
    chmodSync(join(folder, path), mode);
  }
  await machine.copyIn(folder, FOLDER);
  const address = await machine.address();
  const settings = { nodeName: 'cut', listen: `0.0.0.0:${PORT}`, advertiseAddress: address, dataDir: '/var/lib/openshift' };
  const environment = Object.entries(daemonEnvironment).map(([name, value]) => `Environment=${name}=${value}`);
  const command = [
    `${FOLDER}/node`,
    ...daemonNodeFlags,
    `${FOLDER}/openshift.mjs`,
    'start',
    'master',
    '--config',
    `${FOLDER}/config.yaml`,
  ];
  await machine.write({
    [`${FOLDER}/config.yaml`]: JSON.stringify(settings),
    '/etc/systemd/system/power-cuts.service': [
      '[Service]',
      ...environment,
      `ExecStart=${command.join(' ')}`,
      'Restart=always',
      '[Install]',
      'WantedBy=multi-user.target',
      '',
    ].join('\n'),
  });
  await machine.exec(['systemctl', 'enable', '--now', 'power-cuts.service']);
}

test(
  `the machine loses its power ${cuts} times while ${WRITERS} write through the API (seed ${seed})`,
  { timeout: 3_600_000 },
  async (t) => {
    const random = seededRandom(seed);
    await installDaemon();
    const path = '/var/lib/openshift/kubeconfig/admin.kubeconfig';
    const text = await eventually(async () => (await machine.exec(['cat', path])).stdout, { timeout: 120_000 }).catch(
      async (cause) => {
        const { stdout } = await machine.exec(['journalctl', '--no-pager', '--lines=20', '--unit=power-cuts']);
        throw new Error(`the daemon did not start:\n${stdout}`, { cause });
      },
    );
    const copy = join(folder, 'kubeconfig');
    writeFileSync(copy, text, { mode: 0o600 });
    const { server, caPem, certPem, keyPem } = await readKubeconfig(copy);
    const client = httpClient({ server, caPem, certPem: certPem!, keyPem: keyPem! });
    after(() => client.close());
    const reachable = { group: '', version: 'v1', resource: 'namespaces', name: 'default' };
    await eventually(() => client.get(reachable), { timeout: 120_000 });
    const writers = Array.from({ length: WRITERS }, (_each, i) => new StormWriter(client, `w${i}`));
    let newest = Number((await client.list(CONFIG_MAPS)).metadata.resourceVersion);
    for (let round = 0; round < cuts; round++) {
      const done = new AbortController();
      const before = writers.reduce((sum, writer) => sum + writer.acknowledged, 0);
      const writing = writers.map((writer) => writer.write(done.signal));
      const enough = (): boolean => writers.reduce((sum, writer) => sum + writer.acknowledged, 0) > before + 20;
      await eventually(enough, { timeout: 120_000, what: 'writes that are acknowledged' });
      await delay(random() * 2000);
      await machine.powerOff();
      done.abort();
      await machine.powerOn();
      // Calls that were under way hear of it from the machine that has come back and knows nothing of them.
      await Promise.all(writing);
      await eventually(() => client.get(reachable), { timeout: 180_000 });
      const list = await client.list(CONFIG_MAPS, { labelSelector: 'storm=true' });
      const revision = Number(list.metadata.resourceVersion);
      newest = Math.max(newest, ...writers.map((writer) => writer.newest));
      assert.ok(revision >= newest, `cut ${round}: the API is at ${revision}, and had answered with ${newest}`);
      newest = revision;
      const objects = new Map(
        list.items.map(({ metadata, data }) => [
          metadata.name!,
          { value: data.value as string, revision: Number(metadata.resourceVersion) },
        ]),
      );
      for (const writer of writers) {
        assert.deepEqual(writer.judge(objects), [], `cut ${round}`);
        writer.revisions.length = 0;
      }
      process.stderr.write(`${round + 1} power cuts\n`);
    }
    const acknowledged = writers.reduce((sum, writer) => sum + writer.acknowledged, 0);
    t.diagnostic(`${cuts} power cuts, ${acknowledged} acknowledged writes, each of them there`);
  },
);
