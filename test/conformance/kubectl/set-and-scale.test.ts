import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { KubeObject } from '../../../lib/platform/api/meta.ts';
import { IN_TIME, kubectlMinor } from '../../support/kubectl.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl } = await useNamespace('set');

before(async () => {
  // Nothing of it runs: the replicas are none until a test says otherwise.
  await kubectl(['create', 'deployment', 'web', '--image=registry.invalid/web:1', '--replicas=0', '--port=80']);
});

const deployment = (): Promise<KubeObject> => kubectl.json('get', 'deployment', 'web');

test('autoscale writes one object that both versions show', async () => {
  assert.equal(
    await kubectl.text('autoscale', 'deployment', 'web', '--min=2', '--max=5', '--cpu-percent=70'),
    'horizontalpodautoscaler.autoscaling/web autoscaled',
  );
  assert.match(await kubectl.text('get', 'hpa', 'web'), /web +Deployment\/web +cpu: <unknown>\/70% +2 +5 +0/);
  const older = await kubectl.json('get', 'horizontalpodautoscalers.v1.autoscaling', 'web');
  assert.deepEqual([older.apiVersion, older['spec'].targetCPUUtilizationPercentage], ['autoscaling/v1', 70]);
  const newer = await kubectl.json('get', 'horizontalpodautoscalers.v2.autoscaling', 'web');
  assert.equal(newer['spec'].metrics[0].resource.target.averageUtilization, 70);
  assert.match(await kubectl.text('describe', 'hpa', 'web'), /resource cpu on pods .*<unknown> \/ 70%/);
  if (kubectlMinor() >= 33) {
    await kubectl(['delete', 'hpa', 'web']);
    await kubectl(['autoscale', 'deployment', 'web', '--max=5', '--cpu=500m', '--memory=60%']);
    assert.match(
      await kubectl.text('get', 'hpa', 'web'),
      /cpu: <unknown>\/500m, memory: <unknown>\/60%|memory: <unknown>\/60%, cpu: <unknown>\/500m/,
    );
  }
  // It would go on to change what the other tests set.
  await kubectl(['delete', 'hpa', 'web']);
});

test('expose a deployment', async () => {
  assert.equal(await kubectl.text('expose', 'deployment', 'web', '--port=80', '--target-port=8080'), 'service/web exposed');
  const { spec } = await kubectl.json('get', 'service', 'web');
  assert.deepEqual([spec.selector, spec.ports[0].targetPort], [{ app: 'web' }, 8080]);
});

test('set image, env, resources, serviceaccount and selector', async () => {
  const rows: [string[], string][] = [
    [['set', 'image', 'deployment/web', 'web=registry.invalid/web:2'], 'deployment.apps/web image updated'],
    [['set', 'env', 'deployment/web', 'COLOUR=red'], 'deployment.apps/web env updated'],
    [['set', 'resources', 'deployment', 'web', '--limits=cpu=200m'], 'deployment.apps/web resource requirements updated'],
    [['set', 'serviceaccount', 'deployment', 'web', 'default'], 'deployment.apps/web serviceaccount updated'],
    [['set', 'selector', 'service', 'web', 'app=other'], 'service/web selector updated'],
  ];
  for (const [args, wanted] of rows) assert.equal(await kubectl.text(...args), wanted);
  const { template } = (await deployment())['spec'];
  const [{ image, env, resources }] = template.spec.containers;
  assert.deepEqual(
    [image, env, resources, template.spec.serviceAccountName],
    ['registry.invalid/web:2', [{ name: 'COLOUR', value: 'red' }], { limits: { cpu: '200m' } }, 'default'],
  );
  assert.deepEqual((await kubectl.json('get', 'service', 'web'))['spec'].selector, { app: 'other' });
});

test('set env lists, takes from secrets and takes away; set image of all, and of a file', async () => {
  await kubectl(['create', 'secret', 'generic', 'login', '--from-literal=user=ann']);
  await kubectl(['set', 'env', 'deployment/web', '--from=secret/login', '--prefix=LOGIN_']);
  assert.match(await kubectl.text('set', 'env', 'deployment/web', '--list'), /^# LOGIN_USER from secret login, key user$/m);
  assert.match(await kubectl.text('set', 'env', 'deployment/web', '--list', '--resolve'), /^LOGIN_USER=ann$/m);
  await kubectl(['set', 'env', 'deployment/web', 'LOGIN_USER-', 'COLOUR-']);
  assert.equal((await deployment())['spec'].template.spec.containers[0].env, undefined);
  await kubectl(['set', 'image', 'deployments', '--all', '*=registry.invalid/web:3']);
  assert.equal((await deployment())['spec'].template.spec.containers[0].image, 'registry.invalid/web:3');
  const dry = await kubectl.text(
    'set',
    'image',
    'deployment/web',
    'web=other',
    '--dry-run=server',
    '-o',
    'jsonpath={.spec.template.spec.containers[0].image}',
  );
  assert.equal(dry, 'other');
});

test('set subject changes who a role binding is about', async () => {
  await kubectl(['create', 'role', 'reader', '--verb=get', '--resource=pods']);
  await kubectl(['create', 'rolebinding', 'readers', '--role=reader', '--user=ann']);
  await kubectl(['set', 'subject', 'rolebinding', 'readers', '--user=bob']);
  const { subjects } = await kubectl.json('get', 'rolebinding', 'readers');
  assert.deepEqual(
    subjects.map((each: { name: string }) => each.name),
    ['ann', 'bob'],
  );
});

test('scale reads and writes through the subresource, and refuses what does not fit', async () => {
  const stateful = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'db' },
    spec: {
      replicas: 0,
      serviceName: 'db',
      selector: { matchLabels: { app: 'db' } },
      template: { metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'db', image: 'registry.invalid/db:1' }] } },
    },
  };
  await kubectl.create(stateful);
  assert.match(
    await kubectl.failure(['scale', 'sts', 'db', '--current-replicas=2', '--replicas=3']),
    /Expected replicas to be 2, was 0/,
  );
  assert.equal(await kubectl.text('scale', 'sts', 'db', '--current-replicas=0', '--replicas=0'), 'statefulset.apps/db scaled');
  const scale = await kubectl.json('get', 'sts', 'db', '--subresource=scale');
  assert.deepEqual([scale.kind, scale['spec'].replicas ?? 0, scale['status'].selector], ['Scale', 0, 'app=db']);
  assert.match(
    await kubectl.failure(['patch', 'sts', 'db', '-p', '{"spec":{"serviceName":"other"}}']),
    /updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template'/,
  );
});

test('label and annotate; an annotation is a change that a deployment counts, a label is none', async () => {
  // The controller writes an annotation of its own for each new template.
  await kubectl(['rollout', 'status', 'deployment/web', IN_TIME]);
  const generation = (await deployment()).metadata.generation!;
  assert.equal(await kubectl.text('label', 'deployment', 'web', 'tier=front'), 'deployment.apps/web labeled');
  assert.equal((await deployment()).metadata.generation, generation);
  assert.equal(
    await kubectl.text('annotate', 'deployment', 'web', 'kubernetes.io/change-cause=a test'),
    'deployment.apps/web annotated',
  );
  assert.equal((await deployment()).metadata.generation, generation + 1);
  assert.match(await kubectl.failure(['label', 'deployment', 'web', 'tier=back']), /'tier' already has a value \(front\)/);
  assert.equal(await kubectl.text('label', 'deployment', 'web', 'tier-'), 'deployment.apps/web unlabeled');
});

test('the selector of a deployment stays as it was made', async () => {
  assert.match(
    await kubectl.failure(['patch', 'deployment', 'web', '-p', '{"spec":{"selector":{"matchLabels":{"a":"b"}}}}']),
    /The Deployment "web" is invalid: [^]*spec\.selector: Invalid value: .*: field is immutable/,
  );
});
