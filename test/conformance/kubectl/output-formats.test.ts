import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { eventually } from '../../support/eventually.ts';
import { IN_TIME, kubectlMinor } from '../../support/kubectl.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl } = await useNamespace('output');
const folder = mkdtempSync(join(tmpdir(), 'oo-test-output-'));
after(() => rmSync(folder, { recursive: true }));

before(async () => {
  for (const name of ['b', 'a']) {
    await kubectl(['create', 'deployment', name, '--image=registry.invalid/web:1', '--replicas=0']);
    await kubectl(['label', 'deployment', name, `tier=${name === 'a' ? 'front' : 'back'}`]);
  }
  // What a controller has to write is written: from then on they change when a test changes them.
  const progress = 'jsonpath={.status.conditions[?(@.type=="Progressing")].reason}';
  await kubectl(['wait', `--for=${progress}=NewReplicaSetAvailable`, 'deployment/a', 'deployment/b', IN_TIME]);
});

const get = (...args: string[]): Promise<string> => kubectl.text('get', 'deployments', ...args);

test('tables: wide, label columns, sorted, without head, by selector', async () => {
  assert.match(await get(), /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\na +0\/0 +0 +0 +\S+\nb /);
  assert.match(await get('-o', 'wide'), /CONTAINERS +IMAGES +SELECTOR\n/);
  assert.match(await get('--show-labels'), /app=a,tier=front$/m);
  assert.match(await get('-L', 'tier'), /TIER\na .* front\nb .* back$/);
  assert.match(await get('--no-headers', '--sort-by=.metadata.labels.tier'), /^b .*\na /);
  assert.deepEqual(await get('-o', 'name', '-l', 'tier in (front)'), 'deployment.apps/a');
  assert.equal(await get('-o', 'name', '-l', 'tier!=front,app'), 'deployment.apps/b');
  assert.equal(await get('-o', 'name', '--field-selector=metadata.name=b'), 'deployment.apps/b');
  assert.match(
    await kubectl.failure(['get', 'deployments', '--field-selector=spec.colour=red']),
    /"spec\.colour" is not a known field selector: only "metadata\.name", "metadata\.namespace"/,
  );
  assert.match(await get('--chunk-size=1'), /^a [^]*^b /m);
});

test('documents and templates', async () => {
  assert.equal(await get('-o', 'name'), 'deployment.apps/a\ndeployment.apps/b');
  assert.match(await get('-o', 'yaml'), /^apiVersion: v1\nitems:\n- apiVersion: apps\/v1\n {2}kind: Deployment\n/);
  assert.equal((JSON.parse(await get('-o', 'json')) as { items: unknown[] }).items.length, 2);
  assert.equal(await get('-o', 'jsonpath={.items[*].metadata.name}'), 'a b');
  assert.deepEqual(JSON.parse(await get('-o', 'jsonpath-as-json={.items[*].metadata.name}')), ['a', 'b']);
  assert.equal(await get('-o', 'go-template={{range .items}}{{.metadata.name}};{{end}}'), 'a;b;');
  assert.equal(await get('-o', 'custom-columns=N:.metadata.name,T:.metadata.labels.tier'), 'N     T\na     front\nb     back');
  assert.match(await get('a', '-o', 'yaml', '--show-managed-fields'), /managedFields:/);
  assert.doesNotMatch(await get('a', '-o', 'yaml'), /managedFields:/);
});

test('templates and columns from files, and kyaml', async () => {
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  assert.equal(await get('-o', `jsonpath-file=${file('path', '{.items[*].metadata.name}')}`), 'a b');
  assert.equal(await get('-o', `go-template-file=${file('go', '{{len .items}}')}`), '2');
  assert.equal(await get('-o', `templatefile=${file('go', '{{len .items}}')}`), '2');
  assert.equal(
    await get('-o', `custom-columns-file=${file('columns', 'N T\nmetadata.name metadata.labels.tier')}`),
    'N     T\na     front\nb     back',
  );
  if (kubectlMinor() < 34) return;
  const kyaml = (await kubectl(['get', 'deployment', 'a', '-o', 'kyaml'], { env: { KUBECTL_KYAML: 'true' } })).stdout;
  assert.match(kyaml, /^---\n\{\n {2}apiVersion: "apps\/v1",\n {2}kind: "Deployment",\n {2}metadata: \{\n/);
});

test('get --watch-only tells of changes and not of what was there', async () => {
  await using watch = kubectl.start(['get', 'deployments', '--watch-only', '-o', 'name']);
  await eventually(async () => {
    await kubectl(['annotate', 'deployment', 'a', `at=${Date.now()}`, '--overwrite']);
    assert.match(watch.output(), /^deployment\.apps\/a$/m);
  });
  assert.doesNotMatch(watch.output(), /deployment\.apps\/b/);
});

test('get by file, through a subresource, and what it costs to ask for too little', async () => {
  writeFileSync(join(folder, 'b.yaml'), 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: b}\n');
  assert.match(await kubectl.text('get', '-f', join(folder, 'b.yaml')), /^b +0\/0/m);
  assert.match(await get('a', '--subresource=scale'), /^NAME +DESIRED +AVAILABLE +AGE\na +0 +0 +[\dms]+$/);
  assert.match(await get('a', '--subresource=status', '-o', 'jsonpath={.kind}'), /^Deployment$/);
  assert.match(await kubectl.failure(['get']), /You must specify the type of resource to get/);
  assert.match(await get('-l', 'tier', '--output-watch-events=false', '--show-kind'), /^deployment\.apps\/a /m);
});

test('several kinds in one question; an unknown one is named', async () => {
  const all = await kubectl.text(
    'get',
    'deploy,rs,sts,ds,jobs,cj,hpa,pdb,ing,netpol,pvc,limits,quota,podtemplates,controllerrevisions',
    '-o',
    'name',
  );
  assert.match(all, /^deployment\.apps\/a$/m);
  assert.match(await kubectl.text('get', 'all'), /deployment\.apps\/b /);
  const cluster = await kubectl.text(
    'get',
    'pv,sc,csidrivers,csinodes,volumeattachments,runtimeclasses,ingressclasses,csr,pc',
    '-o',
    'name',
  );
  assert.match(cluster, /^priorityclass\.scheduling\.k8s\.io\/system-node-critical$/m);
  assert.match(await kubectl.failure(['get', 'colours']), /the server doesn't have a resource type "colours"/);
});

test('componentstatuses say that all is well, and that they are old', async () => {
  const { stdout, stderr } = await kubectl(['get', 'cs']);
  assert.match(stdout, /^scheduler +Healthy +ok/m);
  assert.match(stderr, /Warning: v1 ComponentStatus is deprecated in v1\.19\+/);
});

test('the same events in both groups', async () => {
  const event = {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: 'said' },
    eventTime: '2026-01-01T00:00:00.000000Z',
    reportingController: 'example.com/tester',
    reportingInstance: 'one',
    action: 'Testing',
    reason: 'Because',
    type: 'Normal',
    note: 'hello',
    regarding: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'a' },
  };
  const { namespace, uid } = (await kubectl.json('get', 'deployment', 'a')).metadata;
  await kubectl.create({ ...event, regarding: { ...event.regarding, namespace, uid } });
  assert.match(await kubectl.text('get', 'events.events.k8s.io'), /Normal +Because +deployment\/a +hello/);
  assert.match(await kubectl.text('get', 'events', '--field-selector=involvedObject.name=a,reason=Because'), /hello/);
  assert.match(await kubectl.text('describe', 'deployment', 'a'), /Normal +Because .* hello/);
});
