import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { packageRoot } from '../../../lib/common/assets.ts';
import { quantityMilliValue } from '../../../lib/platform/api/quantity.ts';
import { eventually } from '../../support/eventually.ts';
import { WEB_A } from '../../support/images.ts';
import { IN_TIME } from '../../support/kubectl.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl, namespace } = await useNamespace('autoscale');

const template = (name: string, command: string): object => ({
  metadata: { labels: { app: name } },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [
      {
        name: 'main',
        image: WEB_A,
        imagePullPolicy: 'Never',
        command: ['sh', '-c', command],
        resources: { requests: { cpu: '50m', memory: '16Mi' }, limits: { cpu: '100m' } },
      },
    ],
  },
});
const workload = (apiVersion: string, kind: string, name: string, command: string, spec: object = {}): object => ({
  apiVersion,
  kind,
  metadata: { name },
  spec: {
    replicas: 1,
    selector: kind === 'ReplicationController' ? { app: name } : { matchLabels: { app: name } },
    template: template(name, command),
    ...spec,
  },
});
const row = async (name: string): Promise<string> =>
  (await kubectl.text('get', 'hpa', name, '--no-headers')).replaceAll(/ +/g, ' ').replace(/ \d+[smh]$/, '');

/** What the metrics say of a deployment's pods, in percent of the 50m that each requests. */
async function measured(name: string): Promise<number> {
  const path = `/apis/metrics.k8s.io/v1beta1/namespaces/${namespace}/pods?labelSelector=app%3D${name}`;
  const { items } = JSON.parse(await kubectl.text('get', '--raw', path)) as PodMetricsList;
  const used = items.map(({ containers }) => quantityMilliValue(containers[0]!.usage.cpu)).reduce((sum, one) => sum + one, 0);
  return Math.trunc((used * 100) / (50 * items.length));
}
interface PodMetricsList {
  readonly items: readonly { readonly containers: readonly { readonly usage: { readonly cpu: string } }[] }[];
}

test('a busy deployment grows by what its pods use', async () => {
  // As much as they get: up to a tenth of a core each, and less where others want it too.
  await kubectl.create(workload('apps/v1', 'Deployment', 'busy', 'while :; do :; done'));
  await kubectl(['wait', '--for=condition=Available', 'deployment/busy', IN_TIME]);
  // Known before the autoscaler looks for the first time: the next time is 15 seconds later.
  await eventually(async () => assert.ok((await measured('busy')) > 22), { timeout: 30_000 });
  await kubectl(['autoscale', 'deployment', 'busy', '--min=1', '--max=2', '--cpu-percent=20']);
  // The metrics are counted anew every few seconds, and looked at less often: for some seconds after a look both are the same.
  await eventually(
    async () => {
      const [seen, now] = await Promise.all([row('busy'), measured('busy')]);
      const shown = Number(/^busy Deployment\/busy cpu: (\d+)%\/20% 1 2 [12]$/.exec(seen)?.[1]);
      assert.ok(shown > 22 && shown <= 250, `${shown} % of what is requested`);
      assert.equal(shown, now);
    },
    { timeout: 60_000 },
  );
  await kubectl(['wait', '--for=jsonpath={.status.readyReplicas}=2', 'deployment/busy', IN_TIME]);
  // It would be more than two.
  const text = await eventually(
    async () => {
      const described = await kubectl.text('describe', 'hpa', 'busy');
      assert.match(described, /ScalingLimited +True +TooManyReplicas/);
      assert.match(
        described,
        /SuccessfulRescale +\S+ +horizontal-pod-autoscaler +New size: 2; reason: cpu resource utilization \(percentage of request\) above target/,
      );
      return described;
    },
    { timeout: 40_000 },
  );
  const [, percent, milli] = /resource cpu on pods +\(as a percentage of request\): +(\d+)% \((\d+)m\) \/ 20%/.exec(text)!;
  // Of one pod twice the figure, of two the halves may add up to one more.
  assert.ok([0, 1].includes(Number(percent) - 2 * Number(milli)), text);
  assert.match(
    text,
    /ScalingActive +True +ValidMetricFound +the HPA was able to successfully calculate a replica count from cpu resource/,
  );
  const { status } = await kubectl.json('get', 'horizontalpodautoscalers.v1.autoscaling', 'busy');
  assert.ok(status.currentCPUUtilizationPercentage > 22 && status.lastScaleTime, JSON.stringify(status));
  // It is told at the next look, which the last test here waits for.
  await kubectl(['delete', 'deployment', 'busy']);
});

test('stateful sets, replica sets and replication controllers are scaled too', async () => {
  const kinds = [
    ['apps/v1', 'StatefulSet', 'set', { serviceName: 'set', podManagementPolicy: 'Parallel' }],
    ['apps/v1', 'ReplicaSet', 'rs', {}],
    ['v1', 'ReplicationController', 'rc', {}],
  ] as const;
  for (const [version, kind, name, more] of kinds) {
    await kubectl.create(workload(version, kind, name, 'sleep 3600', more));
    await kubectl(['autoscale', kind.toLowerCase(), name, '--min=2', '--max=3', '--cpu-percent=50']);
  }
  for (const [, kind, name] of kinds)
    await kubectl(['wait', '--for=jsonpath={.status.replicas}=2', `${kind.toLowerCase()}/${name}`, IN_TIME]);
  await eventually(async () => {
    const events = await kubectl.text('get', 'events', '--field-selector=reason=SuccessfulRescale');
    for (const [, , name] of kinds)
      assert.match(
        events,
        new RegExp(`horizontalpodautoscaler/${name} +New size: 2; reason: Current number of replicas below Spec.MinReplicas`),
      );
  });
});

test('a custom resource with a scale subresource is scaled too', async () => {
  const group = `${namespace}.example.com`;
  const counts = { type: 'object', properties: { replicas: { type: 'integer' }, selector: { type: 'string' } } };
  const version = {
    name: 'v1',
    served: true,
    storage: true,
    schema: { openAPIV3Schema: { type: 'object', properties: { spec: counts, status: counts } } },
    subresources: {
      status: {},
      scale: {
        specReplicasPath: '.spec.replicas',
        statusReplicasPath: '.status.replicas',
        labelSelectorPath: '.status.selector',
      },
    },
  };
  const name = `farms.${group}`;
  after(() => kubectl(['delete', 'crd', name], { anyCode: true }));
  const spec = { group, scope: 'Namespaced', names: { plural: 'farms', kind: 'Farm' }, versions: [version] };
  await kubectl.create({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name }, spec });
  await kubectl(['wait', '--for=condition=Established', `crd/${name}`, IN_TIME]);
  await eventually(() =>
    kubectl.create({ apiVersion: `${group}/v1`, kind: 'Farm', metadata: { name: 'big' }, spec: { replicas: 1 } }),
  );
  await kubectl(['autoscale', name, 'big', '--min=3', '--max=4', '--cpu-percent=50']);
  await kubectl(['wait', '--for=jsonpath={.spec.replicas}=3', `${name}/big`, IN_TIME]);
});

test('every command of docs/autoscaling.md does what it says', async () => {
  const name = `${namespace}-shop`;
  after(() => kubectl(['delete', 'namespace', name, '--wait=false'], { anyCode: true }));
  const text = readFileSync(join(packageRoot(), 'docs', 'autoscaling.md'), 'utf8').replaceAll(/\bshop\b/g, name);
  const commands = [...text.matchAll(/```sh\n(.*?)```/gs)]
    .flatMap(([, block]) => block!.trim().split('\n'))
    .map((line) =>
      line
        .replace(/--timeout=\d+s/, IN_TIME)
        .split(' ')
        .slice(1),
    );
  const outputs = [];
  for (const command of commands) outputs.push(await kubectl.text(...command));
  assert.equal(outputs.length, 11);
  assert.match(outputs[0]!, /^NAME +CPU\(cores\)/);
  assert.equal((JSON.parse(outputs[3]!) as { kind: string }).kind, 'NodeMetricsList');
  assert.match(outputs[9]!, /^web +Deployment\/web +cpu: <unknown>\/70% +2 +5 +[012]/m);
  // The autoscaler tells what it has done once that is done.
  await eventually(async () => assert.match(await kubectl.text(...commands[10]!), /AbleToScale +True +SucceededRescale/));
});

test('an autoscaler whose deployment is gone says so when it looks again', async () => {
  await kubectl(['wait', '--for=condition=AbleToScale=false', 'hpa/busy', IN_TIME]);
  assert.match(await kubectl.text('describe', 'hpa', 'busy'), /AbleToScale +False +FailedGetScale/);
});
