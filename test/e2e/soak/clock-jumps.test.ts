import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { KubeObject } from '../../../lib/platform/api/meta.ts';
import type { ResourceRef } from '../../../lib/platform/api/verbs.ts';
import { httpClient, type HttpClient } from '../../../lib/platform/client/http-client.ts';
import { readKubeconfig } from '../../../lib/platform/pki/kubeconfig.ts';
import { eventually } from '../../support/eventually.ts';
import { startPlatform, type TestPlatform } from '../../support/platform.ts';

// The daemon sees another time than the machine: libfaketime stands between it and the system's clock, and a file tells it
// by how much. The monotonic clock is left alone, as when somebody sets a machine's time.

const LIBRARY = process.env['OO_FAKETIME'] ?? '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';
const skip = existsSync(LIBRARY) ? false : 'libfaketime is not installed';
const HOUR = 3_600_000;

const folder = mkdtempSync(join(tmpdir(), 'oo-clock-'));
const file = join(folder, 'offset');
let offset = 0;
/** Sets the daemon's clock so many hours off the machine's. */
function jump(hours: number): void {
  offset = hours * HOUR;
  writeFileSync(`${file}.new`, `${hours >= 0 ? '+' : ''}${hours}h\n`);
  renameSync(`${file}.new`, file);
}

let platform: TestPlatform;
let client: HttpClient;
let options: { server: string; caPem: string };
before(async () => {
  if (skip !== false) return;
  jump(0);
  const env = { LD_PRELOAD: LIBRARY, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1' };
  Object.assign(process.env, env);
  platform = await startPlatform({ parts: 'master' });
  for (const name of Object.keys(env)) delete process.env[name];
  const { server, caPem, certPem, keyPem } = await readKubeconfig(platform.kubeconfigPath);
  options = { server, caPem };
  client = httpClient({ server, caPem, certPem: certPem!, keyPem: keyPem! });
  await eventually(() => client.get({ ...SERVICE_ACCOUNTS, name: 'default' }), { timeout: 20_000 });
  await client.create(NODES, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } });
  await client.create(LEASES, {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'n1' },
    spec: { holderIdentity: 'n1' },
  });
  await client.create(PODS, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'stays' },
    spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'i' }] },
  });
  await beat();
  beating = setInterval(() => void beat().catch(() => undefined), 5_000);
});
after(async () => {
  clearInterval(beating);
  client?.close();
  await platform?.stop();
  rmSync(folder, { recursive: true });
});

const SERVICE_ACCOUNTS = { group: '', version: 'v1', resource: 'serviceaccounts', namespace: 'default' } as const;
const NODES = { group: '', version: 'v1', resource: 'nodes' } as const;
const PODS = { group: '', version: 'v1', resource: 'pods', namespace: 'default' } as const;
const LEASES = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases', namespace: 'kube-node-lease' } as const;
const EVENTS = { group: '', version: 'v1', resource: 'events', namespace: 'default' } as const;
const CRON_JOBS = { group: 'batch', version: 'v1', resource: 'cronjobs', namespace: 'default' } as const;
const JOBS = { group: 'batch', version: 'v1', resource: 'jobs', namespace: 'default' } as const;
let beating: NodeJS.Timeout | undefined;

/** What a kubelet says, by the daemon's time. */
async function beat(): Promise<void> {
  const now = new Date(Date.now() + offset).toISOString();
  await client.patch({ ...LEASES, name: 'n1' }, 'application/merge-patch+json', {
    spec: { renewTime: now.replace('Z', '000Z') },
  });
  const condition = { type: 'Ready', status: 'True', reason: 'KubeletReady', lastHeartbeatTime: `${now.slice(0, 19)}Z` };
  await client.patch({ ...NODES, name: 'n1', subresource: 'status' }, 'application/strategic-merge-patch+json', {
    status: { conditions: [condition] },
  });
}

async function token(seconds: number): Promise<string> {
  const request = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: { name: 'default' },
    spec: { expirationSeconds: seconds },
  };
  const made = await client.create({ ...SERVICE_ACCOUNTS, name: 'default', subresource: 'token' }, request);
  return made['status'].token as string;
}

/** The code that somebody gets who asks who they are. */
async function accepted(bearer: string): Promise<boolean> {
  const somebody = httpClient({ ...options, token: bearer });
  const review: ResourceRef = { group: 'authentication.k8s.io', version: 'v1', resource: 'selfsubjectreviews' };
  try {
    await somebody.create(review, { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' } as KubeObject);
    return true;
  } catch (error) {
    assert.equal((error as { code?: number }).code, 401);
    return false;
  } finally {
    somebody.close();
  }
}

/** The daemon's own time, as it stamps what is written now. */
async function stamped(name: string): Promise<number> {
  const ref = { group: '', version: 'v1', resource: 'configmaps', namespace: 'default' };
  const made = await client.create(ref, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
  return Date.parse(made.metadata.creationTimestamp!);
}

/** Nobody moved, nothing was taken for lost, and controllers do their work within seconds. */
async function nothingFiredWrongly(round: string): Promise<void> {
  const began = performance.now();
  await client.create(
    { group: '', version: 'v1', resource: 'namespaces' },
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: round } },
  );
  await eventually(() => client.get({ ...SERVICE_ACCOUNTS, namespace: round, name: 'default' }), { timeout: 20_000 });
  await client.delete({ group: '', version: 'v1', resource: 'namespaces', name: round });
  await eventually(
    async () =>
      assert.ok(
        !(await client.list({ group: '', version: 'v1', resource: 'namespaces' })).items.some(
          ({ metadata }) => metadata.name === round,
        ),
      ),
    { timeout: 30_000 },
  );
  // Longer than a node's grace.
  await eventually(() => assert.ok(performance.now() - began > 45_000), { timeout: 60_000 });
  const node = await client.get({ ...NODES, name: 'n1' });
  const ready = node['status'].conditions.find(({ type }: { type: string }) => type === 'Ready');
  assert.equal(ready.status, 'True', round);
  assert.equal((await client.get({ ...PODS, name: 'stays' })).metadata.deletionTimestamp, undefined, round);
  assert.ok(
    (await client.list(EVENTS)).items.some((event) => event['reason'] === 'Written'),
    `${round}: an event of a minute ago is there`,
  );
}

test('a clock that jumps three hours forward, back again, and a day forward', { skip, timeout: 900_000 }, async (t) => {
  const schedule = {
    schedule: '* * * * *',
    concurrencyPolicy: 'Allow',
    jobTemplate: { spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } } } },
  };
  await client.create(CRON_JOBS, { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'often' }, spec: schedule });
  await client.create(EVENTS, {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'written' },
    involvedObject: { namespace: 'default' },
    reason: 'Written',
  } as KubeObject);
  const jobs = async (): Promise<number> => (await client.list(JOBS)).items.length;
  await eventually(async () => assert.equal(await jobs(), 1), { timeout: 90_000 });
  const [short, long] = [await token(600), await token(7 * 24 * 3600)];
  assert.deepEqual([await accepted(short), await accepted(long)], [true, true]);

  jump(3);
  const forward = await stamped('forward');
  assert.ok(Math.abs(forward - Date.now() - 3 * HOUR) < 60_000, 'the daemon sees the new time');
  assert.deepEqual([await accepted(short), await accepted(long)], [false, true], 'what expired meanwhile is over');
  const before = await jobs();
  await nothingFiredWrongly('forward');
  await eventually(async () => assert.ok((await jobs()) > before), { timeout: 90_000 });
  const caughtUp = (await jobs()) - before;
  assert.ok(caughtUp <= 4, `${caughtUp} jobs for the 180 minutes that never were`);

  const future = await token(7 * 24 * 3600);
  jump(0);
  assert.ok(Math.abs((await stamped('back')) - Date.now()) < 60_000);
  assert.deepEqual([await accepted(short), await accepted(long)], [true, true]);
  t.diagnostic(`a token of the future is ${(await accepted(future)) ? 'accepted' : 'refused'}`);
  const atReturn = await jobs();
  await nothingFiredWrongly('back');
  assert.ok((await jobs()) - atReturn <= 2, 'nothing is done twice');

  jump(24);
  assert.deepEqual([await accepted(short), await accepted(long)], [false, true]);
  await nothingFiredWrongly('day');
  t.diagnostic(
    `${await jobs()} jobs were made in all; ${
      platform
        .log()
        .split('\n')
        .filter((line) => line.includes('"level":"error"')).length
    } errors in the log`,
  );
});
