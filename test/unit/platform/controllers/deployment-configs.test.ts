import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import type { DeploymentConfig } from '../../../../lib/platform/api/openshift-apps/deployment-config-types.ts';
import { CANCELLED, ENCODED_CONFIG, PHASE, phaseOf } from '../../../../lib/platform/api/openshift-apps/rollout-annotations.ts';
import {
  DEPLOYMENT_CONFIGS,
  IMAGE_STREAMS,
  NAMESPACES,
  PODS,
  refTo,
  REPLICATION_CONTROLLERS,
} from '../../../../lib/platform/controllers/resources.ts';
import { eventually as within } from '../../../support/eventually.ts';
import { type MemoryPlatform, startMemoryPlatform } from '../../../support/memory-platform.ts';
import { type RolloutNode, startRolloutNode } from '../../../support/rollout-node.ts';

const NAMESPACE = 'shop';
const MERGE = 'application/merge-patch+json';
/** Rollouts wait between two pods, and several run at once. */
const eventually = <T>(check: () => T | Promise<T>): Promise<T> => within(check, { timeout: 30_000 });

let platform: MemoryPlatform;
let node: RolloutNode;

before(async () => {
  platform = await startMemoryPlatform();
  const { local } = platform;
  await local.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  node = await startRolloutNode(local, NAMESPACE);
});

after(async () => {
  await node[Symbol.asyncDispose]();
  await platform[Symbol.asyncDispose]();
});

const ref = (name: string): KubeObject => ({ apiVersion: '', kind: '', metadata: { name, namespace: NAMESPACE } });
const config = (name: string): Promise<DeploymentConfig> => platform.local.get(refTo(DEPLOYMENT_CONFIGS, ref(name)));
const controller = (name: string): Promise<KubeObject> => platform.local.get(refTo(REPLICATION_CONTROLLERS, ref(name)));

async function make(name: string, spec: object = {}): Promise<void> {
  await platform.local.create(
    { ...DEPLOYMENT_CONFIGS, namespace: NAMESPACE },
    {
      apiVersion: 'apps.openshift.io/v1',
      kind: 'DeploymentConfig',
      metadata: { name, namespace: NAMESPACE },
      spec: {
        replicas: 2,
        template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'web', image: `${name}:1` }] } },
        ...spec,
      },
    },
  );
}

const change = (name: string, spec: object): Promise<KubeObject> =>
  platform.local.patch(refTo(DEPLOYMENT_CONFIGS, ref(name)), MERGE, { spec });
const use = (name: string, image: string): Promise<KubeObject> =>
  change(name, { template: { spec: { containers: [{ name: 'web', image }] } } });
const instantiate = (name: string, body: object = {}): Promise<KubeObject> =>
  platform.local.create(refTo(DEPLOYMENT_CONFIGS, ref(name), 'instantiate'), {
    apiVersion: 'apps.openshift.io/v1',
    kind: 'DeploymentRequest',
    name,
    latest: true,
    force: true,
    ...body,
  } as never);

/** What clients that wait for a rollout look at. */
async function rolledOut(name: string, version: number, reason = 'NewReplicationControllerAvailable'): Promise<DeploymentConfig> {
  return eventually(async () => {
    const live = await config(name);
    const progressing = live.status?.conditions?.find(({ type }) => type === 'Progressing');
    assert.deepEqual([live.status?.latestVersion, progressing?.reason], [version, reason]);
    assert.equal(live.status?.observedGeneration, live.metadata.generation);
    return live;
  });
}

/** Images of the pods that are there, deployers and hooks apart. */
const images = async (name: string): Promise<string[]> => {
  const { items } = await platform.local.list({ ...PODS, namespace: NAMESPACE }, { labelSelector: `app=${name}` });
  return items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ spec }) => spec.containers[0].image as string)
    .sort();
};
const runs = (name: string, image: string, count: number): Promise<void> =>
  eventually(async () =>
    assert.deepEqual(
      await images(name),
      Array.from({ length: count }, () => image),
    ),
  );

// Most of their time is the pause between two pods.
describe('deployment configs', { concurrency: 4 }, () => {
  test('a change of the template brings the next version about, and the first one is the config itself', async () => {
    await make('web');
    const made = await rolledOut('web', 1);
    assert.equal(made.status?.conditions?.at(-1)?.message, 'replication controller "web-1" successfully rolled out');
    assert.deepEqual(made.status?.details, { message: 'config change', causes: [{ type: 'ConfigChange' }] });
    await runs('web', 'web:1', 2);
    const { metadata, spec } = await controller('web-1');
    assert.equal(metadata.labels?.['openshift.io/deployment-config.name'], 'web');
    assert.deepEqual(spec.selector, { app: 'web', deploymentconfig: 'web', deployment: 'web-1' });
    assert.equal(metadata.annotations?.['kubectl.kubernetes.io/desired-replicas'], '2');
    await use('web', 'web:2');
    await rolledOut('web', 2);
    await runs('web', 'web:2', 2);
    const status = await eventually(async () => {
      const live = await config('web');
      assert.equal(live.status?.replicas, 2);
      return live.status;
    });
    assert.equal(status?.updatedReplicas, 2);
    // What has come about needs its deployer no longer.
    await eventually(async () => {
      const { items } = await platform.local.list({ ...PODS, namespace: NAMESPACE });
      assert.deepEqual(
        items.filter(({ metadata: { name } }) => name!.startsWith('web-2-deploy')),
        [],
      );
    });
  });

  test('the size follows between rollouts, and the old version stays empty', async () => {
    await make('size', { replicas: 1 });
    await rolledOut('size', 1);
    await platform.local.patch(refTo(DEPLOYMENT_CONFIGS, ref('size'), 'scale'), MERGE, { spec: { replicas: 3 } });
    await runs('size', 'size:1', 3);
    const scale = await platform.local.get(refTo(DEPLOYMENT_CONFIGS, ref('size'), 'scale'));
    assert.deepEqual(
      [scale.apiVersion, scale.spec, scale['status'].selector, scale['status'].targetSelector],
      ['extensions/v1beta1', { replicas: 3 }, { app: 'size' }, 'app=size'],
    );
    assert.equal((await config('size')).status?.latestVersion, 1);
  });

  test('without triggers nothing begins by itself; instantiate begins the next version', async () => {
    await make('manual', { triggers: [] });
    await eventually(async () => assert.equal((await config('manual')).status?.observedGeneration, 1));
    assert.equal((await config('manual')).status?.latestVersion, 0);
    const answer = await instantiate('manual');
    assert.equal((answer as DeploymentConfig).status?.latestVersion, 1);
    assert.equal((await rolledOut('manual', 1)).status?.details?.message, 'manual change');
    await assert.rejects(instantiate('manual', { force: false }), /nothing has changed since its latest version/);
  });

  test('a version that fails leaves the pods of the one before', async () => {
    await make('bad');
    await rolledOut('bad', 1);
    node.broken.add('bad:2');
    // Only what is broken is given a second: a good version may need longer.
    await change('bad', {
      strategy: { rollingParams: { timeoutSeconds: 1 } },
      template: { spec: { containers: [{ name: 'web', image: 'bad:2' }] } },
    });
    await rolledOut('bad', 2, 'ProgressDeadlineExceeded');
    await runs('bad', 'bad:1', 2);
    assert.equal(phaseOf(await controller('bad-2')), 'Failed');
    // What was wrong is put right, and the same version is tried again.
    node.broken.delete('bad:2');
    const encoded = (await controller('bad-2')).metadata.annotations![ENCODED_CONFIG]!;
    const patient = encoded.replace('"timeoutSeconds":1', '"timeoutSeconds":600');
    assert.notEqual(patient, encoded);
    await platform.local.patch(refTo(REPLICATION_CONTROLLERS, ref('bad-2')), MERGE, {
      metadata: { annotations: { [PHASE]: 'New', [CANCELLED]: null, [ENCODED_CONFIG]: patient } },
    });
    await rolledOut('bad', 2);
    await runs('bad', 'bad:2', 2);
  });

  test('a hook that fails keeps the old version; one whose failure is ignored does not', async () => {
    const hook = (failurePolicy: string): object => ({
      strategy: { rollingParams: { pre: { failurePolicy, execNewPod: { command: ['migrate'], containerName: 'web' } } } },
    });
    await make('hook', hook('Abort'));
    await rolledOut('hook', 1);
    node.hooks.set('hook-2-hook-pre', 'Failed');
    await use('hook', 'hook:2');
    await rolledOut('hook', 2, 'ProgressDeadlineExceeded');
    await runs('hook', 'hook:1', 2);
    const pod = await platform.local.get(refTo(PODS, ref('hook-2-hook-pre')));
    assert.deepEqual(
      [pod.spec.containers[0].name, pod.spec.containers[0].command, pod.spec.containers[0].image, pod.spec.restartPolicy],
      ['lifecycle', ['migrate'], 'hook:2', 'Never'],
    );
    node.hooks.set('hook-3-hook-pre', 'Failed');
    await change('hook', hook('Ignore'));
    await use('hook', 'hook:3');
    await rolledOut('hook', 3);
    await runs('hook', 'hook:3', 2);
  });

  test('a rollout is cancelled by whoever wants that, and by the next version', async () => {
    await make('stop');
    await rolledOut('stop', 1);
    node.broken.add('stop:2');
    await use('stop', 'stop:2');
    await eventually(async () => assert.equal(phaseOf(await controller('stop-2')), 'Running'));
    await platform.local.patch(refTo(REPLICATION_CONTROLLERS, ref('stop-2')), MERGE, {
      metadata: { annotations: { [CANCELLED]: 'true' } },
    });
    await rolledOut('stop', 2, 'RolloutCancelled');
    await runs('stop', 'stop:1', 2);
    node.broken.add('stop:3');
    await use('stop', 'stop:3');
    await eventually(async () => assert.equal(phaseOf(await controller('stop-3')), 'Running'));
    await use('stop', 'stop:4');
    await rolledOut('stop', 4);
    await runs('stop', 'stop:4', 2);
    const left = await controller('stop-3');
    assert.equal(left.metadata.annotations?.['openshift.io/deployment.status-reason'], 'newer deployment was found running');
  });

  test('a deployer that is killed in the middle fails its version; tried again, it ends right', async () => {
    await make('kill', { replicas: 4, strategy: { rollingParams: { maxSurge: 1, maxUnavailable: 0 } } });
    await rolledOut('kill', 1);
    await use('kill', 'kill:2');
    await eventually(async () => assert.ok((await images('kill')).includes('kill:2')));
    node.kill('kill-2');
    await rolledOut('kill', 2, 'ProgressDeadlineExceeded');
    await runs('kill', 'kill:1', 4);
    await platform.local.patch(refTo(REPLICATION_CONTROLLERS, ref('kill-2')), MERGE, {
      metadata: { annotations: { [PHASE]: 'New' } },
    });
    await rolledOut('kill', 2);
    await runs('kill', 'kill:2', 4);
  });

  test('the way back: an earlier template, with triggers on images made manual', async () => {
    await make('back');
    await rolledOut('back', 1);
    await use('back', 'back:2');
    await rolledOut('back', 2);
    const rollback = { apiVersion: 'apps.openshift.io/v1', kind: 'DeploymentConfigRollback', name: 'back' };
    const ask = (spec: object): Promise<KubeObject> =>
      platform.local.create(refTo(DEPLOYMENT_CONFIGS, ref('back'), 'rollback'), { ...rollback, spec } as never);
    await assert.rejects(ask({ includeTemplate: true, revision: 2 }), /version 2 is already the latest/);
    const earlier = await ask({ includeTemplate: true });
    assert.equal(earlier.spec.template.spec.containers[0].image, 'back:1');
    await platform.local.update(refTo(DEPLOYMENT_CONFIGS, ref('back')), earlier);
    await rolledOut('back', 3);
    await runs('back', 'back:1', 2);
  });

  test('recreate ends the old pods first; a paused config waits; a test leaves no pods', async () => {
    await make('turn', { strategy: { type: 'Recreate' } });
    await rolledOut('turn', 1);
    const from = node.lines.length;
    await use('turn', 'turn:2');
    await rolledOut('turn', 2);
    const said = node.lines.slice(from).filter((line) => line.includes('turn-'));
    assert.deepEqual(said, ['--> Scaling turn-1 down to zero', '--> Scaling turn-2 to 2']);
    await change('turn', { paused: true });
    await use('turn', 'turn:3');
    await rolledOut('turn', 2, 'DeploymentConfigPaused');
    await assert.rejects(instantiate('turn'), /cannot deploy a paused deployment config/);
    await change('turn', { paused: false });
    await rolledOut('turn', 3);
    await make('once', { test: true });
    await rolledOut('once', 1);
    await runs('once', 'once:1', 0);
  });

  test('the history is no longer than it is to be', async () => {
    await make('past', { revisionHistoryLimit: 1, replicas: 1 });
    await rolledOut('past', 1);
    for (const version of [2, 3, 4]) {
      await use('past', `past:${version}`);
      await rolledOut('past', version);
    }
    await eventually(async () => {
      const { items } = await platform.local.list(
        { ...REPLICATION_CONTROLLERS, namespace: NAMESPACE },
        { labelSelector: 'openshift.io/deployment-config.name=past' },
      );
      assert.deepEqual(items.map(({ metadata }) => metadata.name).sort(), ['past-3', 'past-4']);
    });
  });

  test("a hook tags images; a strategy of somebody's own runs his image; the old way of going back", async () => {
    const tag = { containerName: 'web', to: { kind: 'ImageStreamTag', name: 'released:stable' } };
    await make('tag', { replicas: 1, strategy: { rollingParams: { post: { failurePolicy: 'Abort', tagImages: [tag] } } } });
    await rolledOut('tag', 1);
    const stream = await platform.local.get({ ...IMAGE_STREAMS, namespace: NAMESPACE, name: 'released' });
    assert.deepEqual(stream.spec.tags[0].from, { kind: 'DockerImage', name: 'tag:1' });
    const customParams = { image: 'own:1', command: ['roll'], environment: [{ name: 'MODE', value: 'canary' }] };
    // Whoever waits for it stays.
    node.broken.add('own:1');
    await make('own', { strategy: { type: 'Custom', customParams, labels: { team: 'a' } } });
    const pod = await eventually(() => platform.local.get(refTo(PODS, ref('own-1-deploy'))));
    const { image, command, env } = pod.spec.containers[0] as { image: string; command: string[]; env: { name: string }[] };
    assert.deepEqual(
      [image, command, env.map(({ name }) => name)],
      ['own:1', ['roll'], ['MODE', 'OPENSHIFT_DEPLOYMENT_NAME', 'OPENSHIFT_DEPLOYMENT_NAMESPACE']],
    );
    assert.deepEqual([pod.spec['serviceAccountName'], pod.metadata.labels?.['team']], ['deployer', 'a']);
    await use('tag', 'tag:2');
    await rolledOut('tag', 2);
    const rollbacks = { ...DEPLOYMENT_CONFIGS, resource: 'deploymentconfigrollbacks', namespace: NAMESPACE };
    const wish = { apiVersion: 'apps.openshift.io/v1', kind: 'DeploymentConfigRollback' };
    const back = (name: string): Promise<KubeObject> =>
      platform.local.create(rollbacks, {
        ...wish,
        spec: { from: { kind: 'ReplicationController', name }, includeTemplate: true },
      } as never);
    assert.equal((await back('tag-1')).spec.template.spec.containers[0].image, 'tag:1');
    await assert.rejects(back('tag-2'), /version 2 is already the latest/);
    await assert.rejects(back('nobody'), /replicationcontrollers "nobody" not found/);
  });
});
