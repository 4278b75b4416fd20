import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deploymentConfig } from '../../../../../lib/platform/api/openshift-apps/deployment-config.ts';
import { kindCases, webTemplate } from '../../../../support/kind-cases.ts';

const cases = kindCases(deploymentConfig);
const spec = (more: object = {}): { spec: object } => ({ spec: { template: webTemplate(), ...more } });
const onImage = (more: object = {}): object => ({
  type: 'ImageChange',
  imageChangeParams: { automatic: true, containerNames: ['web'], from: { name: 'web:latest' }, ...more },
});

test("defaults are OpenShift's, and no status comes from a client", () => {
  const made = cases.create({ ...spec(), status: { latestVersion: 7 } });
  const { strategy, triggers, selector, revisionHistoryLimit, test: isTest, replicas } = made['spec'];
  assert.deepEqual(strategy, {
    type: 'Rolling',
    rollingParams: { updatePeriodSeconds: 1, intervalSeconds: 1, timeoutSeconds: 600, maxUnavailable: '25%', maxSurge: '25%' },
    resources: {},
    activeDeadlineSeconds: 21600,
  });
  assert.deepEqual(
    { triggers, selector, revisionHistoryLimit, isTest, replicas },
    { triggers: [{ type: 'ConfigChange' }], selector: { app: 'web' }, revisionHistoryLimit: 10, isTest: false, replicas: 0 },
  );
  assert.equal(made['status'].latestVersion, 0);
  assert.deepEqual(cases.create(spec({ triggers: [] }))['spec'].triggers, []);
  assert.deepEqual(cases.create(spec({ strategy: { type: 'Recreate' } }))['spec'].strategy.recreateParams, {
    timeoutSeconds: 600,
  });
  assert.deepEqual(cases.causes(spec()), []);
});

test('triggers on images name a tag of their own project, and know of no image yet', () => {
  const made = cases.create(spec({ triggers: [onImage({ lastTriggeredImage: 'forged' })] }));
  assert.deepEqual(made['spec'].triggers[0].imageChangeParams, {
    automatic: true,
    containerNames: ['web'],
    from: { kind: 'ImageStreamTag', namespace: 'default', name: 'web:latest' },
  });
});

test('an image may be blank where a trigger fills it in', () => {
  const template = webTemplate({ containers: [{ name: 'web', image: ' ' }] });
  assert.deepEqual(cases.causes(spec({ template, triggers: [onImage()] })), []);
  const unset = webTemplate({ containers: [{ name: 'web' }] });
  assert.deepEqual(cases.causes(spec({ template: unset, triggers: [onImage()] })), []);
  assert.deepEqual(cases.causes(spec({ template: unset })), ['spec.template.spec.containers[0].image: Required value']);
});

test('a pod without containers, as protobuf may leave it, is told so', () => {
  const template = { ...webTemplate(), spec: { restartPolicy: 'Always' } };
  assert.deepEqual(cases.causes(spec({ template })), ['spec.template.spec.containers: Required value']);
});

test('each mistake has its cause', () => {
  const rolling = (rollingParams: object): object => ({ strategy: { type: 'Rolling', rollingParams } });
  const hook = (pre: object): object => rolling({ pre });
  const table: [object, string[]][] = [
    [{ template: undefined, selector: { app: 'web' } }, ['spec.template: Required value']],
    [
      { selector: { app: 'other' } },
      [
        'spec.template.metadata.labels: Invalid value: map[string]string{"app":"web"}: `selector` does not match template `labels`',
      ],
    ],
    [{ replicas: -1 }, ['spec.replicas: Invalid value: -1: must be greater than or equal to 0']],
    [
      { strategy: { type: 'BlueGreen' } },
      [
        'spec.strategy.type: Invalid value: "BlueGreen": unsupported strategy type, use "Custom" instead and specify your own strategy',
      ],
    ],
    [{ strategy: { type: 'Custom' } }, ['spec.strategy.customParams: Required value']],
    [rolling({ intervalSeconds: 0 }), ['spec.strategy.rollingParams.intervalSeconds: Invalid value: 0: must be >0']],
    [
      rolling({ maxSurge: 0, maxUnavailable: '0%' }),
      ['spec.strategy.rollingParams.maxUnavailable: Invalid value: "0%": cannot be 0 when maxSurge is 0 as well'],
    ],
    [{ minReadySeconds: 600 }, ['spec.minReadySeconds: Invalid value: 600: must be less than the deployment timeout (600s)']],
    [
      { strategy: { activeDeadlineSeconds: 21601 } },
      ['spec.strategy.activeDeadlineSeconds: Invalid value: 21601: must be between 1 and 21600 seconds'],
    ],
    [
      hook({}),
      [
        'spec.strategy.rollingParams.pre.failurePolicy: Required value',
        'spec.strategy.rollingParams.pre: Invalid value: "<empty>": One of execNewPod or tagImages must be specified',
      ],
    ],
    [
      hook({ failurePolicy: 'Abort', execNewPod: { containerName: 'db', env: [{ name: 'a b' }] } }),
      [
        'spec.strategy.rollingParams.pre.execNewPod.command: Required value',
        'spec.strategy.rollingParams.pre.execNewPod.containerName: Invalid value: "db": no container in the template is named "db"',
      ],
    ],
    [
      hook({ failurePolicy: 'Ignore', tagImages: [{ to: { kind: 'DockerImage' } }] }),
      [
        'spec.strategy.rollingParams.pre.tagImages[0].to.kind: Invalid value: "DockerImage": Must be \'ImageStreamTag\'',
        'spec.strategy.rollingParams.pre.tagImages[0].to.name: Required value',
      ],
    ],
    [{ triggers: [{}] }, ['spec.triggers[0].type: Required value']],
    [{ triggers: [{ type: 'ImageChange' }] }, ['spec.triggers[0].imageChangeParams: Required value']],
    [
      { triggers: [onImage({ from: { kind: 'DockerImage', name: 'a' }, containerNames: ['db'] })] },
      [
        'spec.triggers[0].imageChangeParams.from.kind: Invalid value: "DockerImage": kind must be an ImageStreamTag',
        'spec.triggers[0].imageChangeParams.from.name: Invalid value: "a": must be in the form of <name>:<tag>',
        'spec.triggers[0].imageChangeParams.containerNames[0]: Invalid value: "db": no container in the template is named "db"',
      ],
    ],
  ];
  for (const [fields, causes] of table) {
    const found = cases.causes(spec(fields)).filter((text) => !text.includes('env[0]'));
    assert.deepEqual(found, causes, JSON.stringify(fields));
  }
});

test('versions go up one at a time', () => {
  assert.deepEqual(cases.statusCauses({ latestVersion: 2 }, { latestVersion: 1 }), []);
  assert.deepEqual(cases.statusCauses({ latestVersion: 3 }, { latestVersion: 1 }), [
    'status.latestVersion: Invalid value: 3: latestVersion can only be incremented by 1',
  ]);
  assert.deepEqual(cases.statusCauses({ latestVersion: 0 }, { latestVersion: 1 }), [
    'status.latestVersion: Invalid value: 0: latestVersion cannot be decremented from 1 to 0',
  ]);
});

test('columns', () => {
  const fields = {
    ...spec({ replicas: 3, triggers: [{ type: 'ConfigChange' }, onImage()] }),
    status: { latestVersion: 2, replicas: 1 },
  };
  assert.deepEqual(cases.row(fields).slice(0, 5), ['x', 2, '3', 1, 'config,image(web:latest)']);
  const two = webTemplate({
    containers: [
      { name: 'web', image: 'a' },
      { name: 'log', image: 'b' },
    ],
  });
  assert.deepEqual(cases.row(spec({ template: two, test: true, triggers: [onImage()] })).slice(2, 5), [
    '0 (during test)',
    0,
    'web:image(web:latest)',
  ]);
});
