import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../support/eventually.ts';
import { IN_TIME } from '../../support/kubectl.ts';
import { patient } from '../../support/patience.ts';
import { useNamespace } from '../../support/shared-platform.ts';
import { WEB_A } from '../../support/images.ts';

const { kubectl, namespace, nodeName } = await useNamespace('top');
const rows = (text: string): string[][] => text.split('\n').map((line) => line.trim().split(/ +/));
const milli = (cell: string): number => (cell.endsWith('m') ? Number(cell.slice(0, -1)) : Number(cell) * 1000);

const container = (name: string, command: string): object => ({
  name,
  image: WEB_A,
  imagePullPolicy: 'Never',
  command: ['sh', '-c', command],
  resources: { limits: { cpu: '100m', memory: '64Mi' } },
});
const pod = (name: string, ...containers: object[]): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: name } },
  spec: { containers, terminationGracePeriodSeconds: 0 },
});

// Up to a tenth of a core, all the time, and less where others want it too, beside one that sleeps.
await kubectl.create(pod('busy', container('burner', 'while :; do :; done'), container('sleeper', 'sleep 3600')));
await kubectl.create(pod('idle', container('main', 'sleep 3600')));
await kubectl(['wait', '--for=condition=Ready', 'pod', '--all', IN_TIME]);

test('top pods tells what each uses, and orders them', async () => {
  await eventually(
    async () => {
      const [header, first, second] = rows(await kubectl.text('top', 'pods', '--sort-by=cpu'));
      assert.deepEqual(header, ['NAME', 'CPU(cores)', 'MEMORY(bytes)']);
      assert.deepEqual([first![0], second![0]], ['busy', 'idle']);
      assert.ok(milli(first![1]!) >= 20 && milli(first![1]!) <= 150, first!.join(' '));
      assert.ok(milli(second![1]!) <= 10, second!.join(' '));
      assert.match(first![2]!, /^\d+Mi$/);
    },
    { timeout: 30_000 },
  );
  assert.deepEqual(rows(await kubectl.text('top', 'pods', '-l', 'app=idle', '--no-headers')).length, 1);
  assert.match(await kubectl.text('top', 'pod', 'busy'), /^busy +\d+m +\d+Mi/m);
  assert.ok(
    rows(await kubectl.text('top', 'pods', '-A', '--no-headers')).some(([where, name]) => where === namespace && name === 'busy'),
  );
});

test('top pods --containers tells them apart', async () => {
  const [header, ...all] = rows(await kubectl.text('top', 'pods', '--containers', '--sort-by=cpu', '-l', 'app=busy'));
  assert.deepEqual(header, ['POD', 'NAME', 'CPU(cores)', 'MEMORY(bytes)']);
  const cpu = new Map(all.map(([, name, cores]) => [name, milli(cores!)]));
  assert.deepEqual([...cpu.keys()].sort(), ['burner', 'sleeper']);
  assert.ok(cpu.get('burner')! > cpu.get('sleeper')!);
});

test('top nodes tells of the machine, and of what part of it that is', async () => {
  const [header, row] = rows(await kubectl.text('top', 'nodes'));
  assert.deepEqual(header, ['NAME', 'CPU(cores)', 'CPU(%)', 'MEMORY(bytes)', 'MEMORY(%)']);
  assert.equal(row![0], nodeName);
  assert.ok(
    milli(row![1]!) > 50 && /^\d+%$/.test(row![2]!) && /^\d+Mi$/.test(row![3]!) && /^\d+%$/.test(row![4]!),
    row!.join(' '),
  );
  const { usage, window, timestamp } = await kubectl.json('get', 'nodes.metrics.k8s.io', nodeName);
  assert.match(usage.cpu, /^\d+n$/);
  assert.match(window, /^[\d.]+s$/);
  assert.ok(Math.abs(Date.now() - Date.parse(timestamp)) < patient(30_000), timestamp);
  assert.match(await kubectl.text('get', 'pods.metrics.k8s.io'), /^NAME +CPU +MEMORY +WINDOW\nbusy +\d+n +\d+Ki +[\d.]+s/);
});

test('whoever may view a namespace may see what it uses, and nobody else', async () => {
  assert.match(
    await kubectl.failure(['top', 'pods', '--as=bob']),
    /pods\.metrics\.k8s\.io is forbidden: User "bob" cannot list resource "pods" in API group "metrics\.k8s\.io"/,
  );
  await kubectl(['create', 'rolebinding', 'viewer', '--clusterrole=view', '--user=bob']);
  assert.match(await kubectl.text('top', 'pods', '--as=bob'), /^busy /m);
  assert.match(
    await kubectl.failure(['top', 'pods', 'none']),
    /podmetrics\.metrics\.k8s\.io "none" not found|pods?\.metrics\.k8s\.io "none" not found/,
  );
});
