import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import { IMAGE_TRIGGERS } from '../../../../lib/platform/api/openshift-apps/image-changes.ts';
import {
  CRON_JOBS,
  DEPLOYMENT_CONFIGS,
  DEPLOYMENTS,
  EVENTS,
  IMAGE_STREAMS,
  NAMESPACES,
  refTo,
  REPLICA_SETS,
  STATEFUL_SETS,
} from '../../../../lib/platform/controllers/resources.ts';
import { eventually } from '../../../support/eventually.ts';
import { type MemoryPlatform, startMemoryPlatform } from '../../../support/memory-platform.ts';

const NAMESPACE = 'shop';
const MERGE = 'application/merge-patch+json';
let platform: MemoryPlatform;

before(async () => {
  platform = await startMemoryPlatform();
  for (const name of [NAMESPACE, 'other'])
    await platform.local.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
});
after(() => platform[Symbol.asyncDispose]());

const ref = (name: string, namespace = NAMESPACE): KubeObject => ({ apiVersion: '', kind: '', metadata: { name, namespace } });
const digest = (letter: string): string => `registry.example/shop/app@sha256:${letter.repeat(64)}`;
const TEMPLATE = {
  metadata: { labels: { app: 'web' } },
  spec: {
    containers: [
      { name: 'web', image: ' ' },
      { name: 'log', image: 'log:1' },
    ],
  },
};
const NAMED = 'spec.template.spec.containers[?(@.name=="web")].image';

/** A stream whose tag `latest` stands for an image. */
async function push(name: string, letter: string, namespace = NAMESPACE): Promise<void> {
  const stream = { apiVersion: 'image.openshift.io/v1', kind: 'ImageStream', metadata: { name, namespace } };
  await platform.local.create({ ...IMAGE_STREAMS, namespace }, stream).catch(() => undefined);
  const item = {
    created: new Date().toISOString(),
    dockerImageReference: digest(letter),
    image: `sha256:${letter.repeat(64)}`,
    generation: 1,
  };
  await platform.local.patch(refTo(IMAGE_STREAMS, ref(name, namespace), 'status'), MERGE, {
    status: { tags: [{ tag: 'latest', items: [item] }] },
  });
}

const annotation = (stream: string, fieldPath: string, more: object = {}): Record<string, string> => ({
  [IMAGE_TRIGGERS]: JSON.stringify([{ from: { kind: 'ImageStreamTag', name: `${stream}:latest`, ...more }, fieldPath }]),
});

const deployment = (name: string, annotations: Record<string, string>): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: NAMESPACE, annotations },
  spec: { replicas: 1, selector: { matchLabels: { app: 'web' } }, template: TEMPLATE },
});

const imageOf = (of: typeof DEPLOYMENTS, name: string): Promise<string> =>
  platform.local.get(refTo(of, ref(name))).then(({ spec }) => (spec.jobTemplate?.spec ?? spec).template.spec.containers[0].image);

test('a deployment whose image is blank rolls out when the tag stands for something, and follows it', async () => {
  await platform.local.create({ ...DEPLOYMENTS, namespace: NAMESPACE }, deployment('web', annotation('app', NAMED)));
  await eventually(async () =>
    assert.equal((await platform.local.get(refTo(DEPLOYMENTS, ref('web'))))['status'].observedGeneration, 1),
  );
  const sets = await platform.local.list({ ...REPLICA_SETS, namespace: NAMESPACE });
  assert.deepEqual(sets.items, []);
  await push('app', 'a');
  await eventually(async () => assert.equal(await imageOf(DEPLOYMENTS, 'web'), digest('a')));
  await eventually(async () =>
    assert.equal((await platform.local.list({ ...REPLICA_SETS, namespace: NAMESPACE })).items.length, 1),
  );
  await push('app', 'b');
  await eventually(async () => assert.equal(await imageOf(DEPLOYMENTS, 'web'), digest('b')));
});

test('stateful sets and cron jobs too; a container by its place', async () => {
  await push('tool', 'c');
  const place = 'spec.template.spec.containers[0].image';
  await platform.local.create(
    { ...STATEFUL_SETS, namespace: NAMESPACE },
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'db', namespace: NAMESPACE, annotations: annotation('tool', place) },
      spec: { serviceName: 'db', selector: { matchLabels: { app: 'web' } }, template: TEMPLATE },
    },
  );
  await eventually(async () => assert.equal(await imageOf(STATEFUL_SETS, 'db'), digest('c')));
  const template = { spec: { ...TEMPLATE.spec, restartPolicy: 'Never' } };
  await platform.local.create(
    { ...CRON_JOBS, namespace: NAMESPACE },
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: {
        name: 'nightly',
        namespace: NAMESPACE,
        annotations: annotation('tool', "spec.jobTemplate.spec.template.spec.containers[?(@.name=='web')].image"),
      },
      spec: { schedule: '0 3 * * *', jobTemplate: { spec: { template } } },
    },
  );
  await eventually(async () => assert.equal(await imageOf(CRON_JOBS, 'nightly'), digest('c')));
});

test('what is wrong with the annotation is told; another project is asked about', async () => {
  const says = async (reason: string, text: RegExp): Promise<void> =>
    eventually(async () => {
      const { items } = await platform.local.list({ ...EVENTS, namespace: NAMESPACE });
      const found = items.filter((event) => event['reason'] === reason).map((event) => String(event['message']));
      assert.ok(
        found.some((message) => text.test(message)),
        found.join('\n'),
      );
    });
  await platform.local.create({ ...DEPLOYMENTS, namespace: NAMESPACE }, deployment('wrong', annotation('app', 'spec.image')));
  await says('InvalidImageTriggers', /fieldPath "spec.image" must be like spec.template.spec.containers/);
  await push('secret', 'd', 'other');
  await platform.local.create(
    { ...DEPLOYMENTS, namespace: NAMESPACE },
    deployment('curious', annotation('secret', NAMED, { namespace: 'other' })),
  );
  await says('ImageTriggerForbidden', /system:serviceaccount:shop:default may not pull from the project "other"/);
  assert.equal(await imageOf(DEPLOYMENTS, 'curious'), ' ');
  await platform.local.create(
    { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'rolebindings', namespace: 'other' },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'pull', namespace: 'other' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:image-puller' },
      subjects: [{ kind: 'ServiceAccount', name: 'default', namespace: NAMESPACE }],
    },
  );
  await push('secret', 'e', 'other');
  await eventually(async () => assert.equal(await imageOf(DEPLOYMENTS, 'curious'), digest('e')));
});

test('a deployment config waits for its image, and remembers which one it has', async () => {
  const trigger = {
    type: 'ImageChange',
    imageChangeParams: { automatic: true, containerNames: ['web'], from: { kind: 'ImageStreamTag', name: 'dc:latest' } },
  };
  await platform.local.create(
    { ...DEPLOYMENT_CONFIGS, namespace: NAMESPACE },
    {
      apiVersion: 'apps.openshift.io/v1',
      kind: 'DeploymentConfig',
      metadata: { name: 'dc', namespace: NAMESPACE },
      spec: { replicas: 1, template: TEMPLATE, triggers: [{ type: 'ConfigChange' }, trigger] },
    },
  );
  const live = (): Promise<KubeObject> => platform.local.get(refTo(DEPLOYMENT_CONFIGS, ref('dc')));
  await eventually(async () => assert.equal((await live())['status'].observedGeneration, 1));
  assert.equal((await live())['status'].latestVersion, 0);
  await push('dc', 'a');
  await eventually(async () => {
    const { spec, status } = (await live()) as KubeObject & { status: Record<string, unknown> };
    assert.equal(status['latestVersion'], 1);
    assert.equal(spec.triggers[1].imageChangeParams.lastTriggeredImage, digest('a'));
    assert.deepEqual(status['details'], {
      message: 'image change',
      causes: [
        { type: 'ImageChange', imageTrigger: { from: { kind: 'ImageStreamTag', namespace: NAMESPACE, name: 'dc:latest' } } },
      ],
    });
  });
});

test('instantiate looks up tags of manual triggers where it is told to, and says what is missing', async () => {
  const params = { automatic: false, containerNames: ['web'], from: { kind: 'ImageStreamTag', name: 'asked:latest' } };
  await platform.local.create(
    { ...DEPLOYMENT_CONFIGS, namespace: NAMESPACE },
    {
      apiVersion: 'apps.openshift.io/v1',
      kind: 'DeploymentConfig',
      metadata: { name: 'asked', namespace: NAMESPACE },
      spec: { replicas: 1, template: TEMPLATE, triggers: [{ type: 'ImageChange', imageChangeParams: params }] },
    },
  );
  const ask = (body: object): Promise<KubeObject> =>
    platform.local.create(refTo(DEPLOYMENT_CONFIGS, ref('asked'), 'instantiate'), {
      apiVersion: 'apps.openshift.io/v1',
      kind: 'DeploymentRequest',
      name: 'asked',
      ...body,
    } as never);
  await assert.rejects(
    ask({ latest: true, force: true }),
    /cannot trigger a deployment for "asked" because it contains unresolved images/,
  );
  await push('asked', 'f');
  await assert.rejects(ask({ latest: true, force: false }), /unresolved images/);
  await assert.rejects(ask({ latest: true, force: true, excludeTriggers: ['ImageChange'] }), /unresolved images/);
  const begun = (await ask({ latest: true, force: true })) as KubeObject & { status: Record<string, unknown> };
  assert.equal(begun.status['latestVersion'], 1);
  assert.equal(begun.spec.template.spec.containers[0].image, digest('f'));
  assert.equal(begun.spec.triggers[0].imageChangeParams.lastTriggeredImage, digest('f'));
});
