import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { KubeObject } from '../../../lib/platform/api/meta.ts';
import { eventually } from '../../support/eventually.ts';
import { WEB_A, WEB_B } from '../../support/images.ts';
import { IN_TIME } from '../../support/kubectl.ts';
import { scriptPod, webController } from '../../support/manifests.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl } = await useNamespace('rollout');

/** A workload of the web image, by the pods' template of a replication controller. */
function workload(kind: string, name: string, spec: object = {}): KubeObject {
  const {
    replicas: _replicas,
    selector,
    template,
  } = webController(name, 1, { spec: { terminationGracePeriodSeconds: 1 } })['spec'];
  return { apiVersion: 'apps/v1', kind, metadata: { name }, spec: { selector: { matchLabels: selector }, template, ...spec } };
}
const settled = (which: string): Promise<string> => kubectl.text('rollout', 'status', which, IN_TIME);
const imageOf = async (which: string): Promise<string> =>
  kubectl.text('get', which, '-o', 'jsonpath={.spec.template.spec.containers[0].image}');
const podsOf = async (app: string, path = 'name'): Promise<string[]> =>
  (await kubectl.text('get', 'pods', '-l', `app=${app}`, '-o', `jsonpath={range .items[*]}{.metadata.${path}}{"\\n"}{end}`))
    .split('\n')
    .filter(Boolean)
    .toSorted();

/** uids of an application's pods, once those that end are gone: that takes longer than a rollout. */
const uidsOnce = (app: string, count: number): Promise<string[]> =>
  eventually(
    async () => {
      const uids = await podsOf(app, 'uid');
      assert.equal(uids.length, count, uids.join());
      return uids;
    },
    { timeout: 20_000 },
  );

before(async () => {
  await kubectl.create(workload('Deployment', 'web', { replicas: 2 }));
  await kubectl.create(workload('DaemonSet', 'log'));
  await kubectl.create(workload('StatefulSet', 'db', { replicas: 2, serviceName: 'db' }));
});

test('a deployment: status, history, undo, undo to a revision', async () => {
  assert.match(await settled('deployment/web'), /deployment "web" successfully rolled out$/);
  await kubectl(['annotate', 'deployment/web', 'kubernetes.io/change-cause=the first']);
  // A controller that sees both at once writes it beside the second.
  await eventually(async () => assert.match(await kubectl.text('rollout', 'history', 'deployment/web'), /^1 +the first$/m));
  await kubectl(['set', 'image', 'deployment/web', `web=${WEB_B}`]);
  await kubectl(['annotate', 'deployment/web', 'kubernetes.io/change-cause=the second', '--overwrite']);
  await settled('deployment/web');
  await eventually(async () =>
    assert.match(await kubectl.text('rollout', 'history', 'deployment/web'), /^1 +the first\n2 +the second$/m),
  );
  assert.match(await kubectl.text('rollout', 'history', 'deployment/web', '--revision=1'), new RegExp(`Image:\\s+${WEB_A}`));
  assert.equal(await kubectl.text('rollout', 'undo', 'deployment/web'), 'deployment.apps/web rolled back');
  await settled('deployment/web');
  assert.equal(await imageOf('deployment/web'), WEB_A);
  await kubectl(['rollout', 'undo', 'deployment/web', '--to-revision=2']);
  await settled('deployment/web');
  assert.equal(await imageOf('deployment/web'), WEB_B);
  assert.match(
    await kubectl.failure(['rollout', 'undo', 'deployment/web', '--to-revision=9']),
    /unable to find specified revision 9 in history/,
  );
  assert.match(await kubectl.text('get', 'deployment', 'web'), /^web +2\/2 +2 +2 /m);
  await eventually(async () => {
    const described = await kubectl.text('describe', 'deployment', 'web');
    assert.match(described, /NewReplicaSetAvailable/);
    assert.match(described, /Scaled up replica set web-\w+ from 0 to \d/);
  });
});

test('paused it waits, resumed it goes on, restarted all of its pods are new', async (t) => {
  // The next tests roll it out too.
  t.after(() => kubectl(['rollout', 'resume', 'deployment/web'], { anyCode: true }));
  await settled('deployment/web');
  const before = await uidsOnce('web', 2);
  assert.equal(await kubectl.text('rollout', 'pause', 'deployment/web'), 'deployment.apps/web paused');
  await kubectl(['set', 'env', 'deployment/web', 'COLOUR=red']);
  await eventually(async () =>
    assert.match(
      await kubectl.text('get', 'deployment', 'web', '-o', 'jsonpath={.status.conditions[?(@.type=="Progressing")].reason}'),
      /^DeploymentPaused$/,
    ),
  );
  assert.deepEqual(await podsOf('web', 'uid'), before);
  assert.equal(await kubectl.text('rollout', 'resume', 'deployment/web'), 'deployment.apps/web resumed');
  await settled('deployment/web');
  assert.equal(await kubectl.text('rollout', 'restart', 'deployment/web'), 'deployment.apps/web restarted');
  await settled('deployment/web');
  await eventually(
    async () => {
      const after = await podsOf('web', 'uid');
      assert.equal(after.length, 2);
      assert.ok(after.every((uid) => !before.includes(uid)));
    },
    { timeout: 20_000 },
  );
});

for (const [kind, name, count] of [
  ['daemonset', 'log', 1],
  ['statefulset', 'db', 2],
] as const)
  test(`a ${kind}: status, history, restart, undo`, async () => {
    const which = `${kind}/${name}`;
    await settled(which);
    const names = await podsOf(name);
    await kubectl(['set', 'image', which, `web=${WEB_B}`]);
    await settled(which);
    assert.match(await kubectl.text('rollout', 'history', which), /^1 .*\n2 /m);
    assert.equal(await kubectl.text('rollout', 'undo', which), `${kind}.apps/${name} rolled back`);
    await settled(which);
    assert.equal(await imageOf(which), WEB_A);
    const uids = await uidsOnce(name, count);
    assert.equal(await kubectl.text('rollout', 'restart', which), `${kind}.apps/${name} restarted`);
    await settled(which);
    await eventually(
      async () => {
        const after = await podsOf(name, 'uid');
        assert.ok(after.length === uids.length && after.every((uid) => !uids.includes(uid)));
      },
      { timeout: 20_000 },
    );
    if (kind === 'statefulset')
      assert.deepEqual(
        [names, await podsOf(name)],
        [
          ['db-0', 'db-1'],
          ['db-0', 'db-1'],
        ],
      );
  });

test('rollout of many by label, without waiting, and of what has none', async () => {
  await kubectl(['label', 'deployment/web', 'daemonset/log', 'statefulset/db', 'set=all']);
  assert.equal(
    await kubectl.text('rollout', 'restart', 'deployment,daemonset,statefulset', '-l', 'set=all'),
    'deployment.apps/web restarted\ndaemonset.apps/log restarted\nstatefulset.apps/db restarted',
  );
  assert.match(
    await kubectl.text('rollout', 'status', 'deployment/web', '--watch=false'),
    /rollout to finish|successfully rolled out|spec update to be observed/,
  );
  for (const which of ['deployment/web', 'daemonset/log', 'statefulset/db']) await settled(which);
  for (const which of ['daemonset/log', 'statefulset/db']) {
    const [, newest] = /^(\d+) [^\n]*\s*$/m.exec((await kubectl.text('rollout', 'history', which)).trim().split('\n').at(-1)!)!;
    assert.match(await kubectl.text('rollout', 'history', which, `--revision=${newest}`), new RegExp(`Image:\\s+${WEB_A}`));
  }
  assert.match(await kubectl.failure(['rollout', 'pause', 'daemonset/log']), /pausing is not supported/);
  assert.match(
    await kubectl.failure(['rollout', 'status', 'configmap/kube-root-ca.crt']),
    /no status viewer has been implemented for "?ConfigMap|unable to decode/,
  );
});

test('scale each kind, and a stateful set shrinks from its end', async () => {
  assert.equal(
    await kubectl.text('scale', 'deployment/web', 'statefulset/db', '--replicas=1'),
    'deployment.apps/web scaled\nstatefulset.apps/db scaled',
  );
  await settled('deployment/web');
  await eventually(
    async () => {
      assert.deepEqual(await podsOf('db'), ['db-0']);
      assert.equal((await podsOf('web')).length, 1);
    },
    { timeout: 20_000 },
  );
});

test('a job runs to its end, and its pods tell of it; a failing one is told as such', async () => {
  const { spec } = scriptPod('sum', 'echo index $JOB_COMPLETION_INDEX');
  const job = (name: string, fields: object): object => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: { template: { spec }, ...fields },
  });
  await kubectl.create(job('sum', { completions: 3, parallelism: 3, completionMode: 'Indexed' }));
  await kubectl(['wait', '--for=condition=complete', 'job/sum', IN_TIME]);
  const lines = (await kubectl.text('logs', '-l', 'job-name=sum')).split('\n').toSorted();
  assert.deepEqual(lines, ['index 0', 'index 1', 'index 2']);
  assert.match(await kubectl.text('get', 'job', 'sum'), /^sum +Complete +3\/3 +[\dms]+ /m);
  const [container] = spec.containers as { command: string[] }[];
  const failing = { ...spec, containers: [{ ...container, command: ['false'] }] };
  await kubectl.create(job('broken', { backoffLimit: 0, template: { spec: failing } }));
  await kubectl(['wait', '--for=condition=failed', 'job/broken', IN_TIME]);
  assert.match(await kubectl.text('get', 'job', 'broken'), /^broken +Failed +0\/1 /m);
  assert.match(await kubectl.text('describe', 'job', 'broken'), /BackoffLimitExceeded/);
  // Its pods go with it, finalizers and all.
  await kubectl(['delete', 'job', 'sum', 'broken', IN_TIME]);
  await eventually(async () => assert.equal(await kubectl.text('get', 'pods', '-l', 'job-name', '-o', 'name'), ''), {
    timeout: 20_000,
  });
});

test('delete: orphans stay and are taken in again, the foreground waits', async () => {
  await kubectl(['delete', 'deployment', 'web', '--cascade=orphan']);
  const sets = await kubectl.text('get', 'rs', '-l', 'app=web', '-o', 'name');
  const pods = await podsOf('web', 'uid');
  assert.equal(pods.length, 1);
  await eventually(async () =>
    assert.equal(await kubectl.text('get', 'rs', '-l', 'app=web', '-o', 'jsonpath={.items[*].metadata.ownerReferences}'), ''),
  );
  await kubectl(['delete', 'daemonset', 'log', '--cascade=foreground', IN_TIME]);
  assert.deepEqual(await podsOf('log'), []);
  await kubectl(['delete', 'statefulset', 'db', IN_TIME]);
  const template = JSON.parse(await kubectl.text('get', sets.split('\n').at(-1)!, '-o', 'json')) as KubeObject;
  assert.equal(template['spec'].selector.matchLabels.app, 'web');
});
