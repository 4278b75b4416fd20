import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runtimeClass } from '../../../../lib/platform/api/node/runtime-class.ts';
import { podDisruptionBudget } from '../../../../lib/platform/api/policy/pod-disruption-budget.ts';
import { priorityClass, systemPriorityClasses } from '../../../../lib/platform/api/scheduling/priority-class.ts';
import { csiDriver } from '../../../../lib/platform/api/storage/csi-driver.ts';
import { csiNode } from '../../../../lib/platform/api/storage/csi-node.ts';
import { csiStorageCapacity } from '../../../../lib/platform/api/storage/csi-storage-capacity.ts';
import { storageClass } from '../../../../lib/platform/api/storage/storage-class.ts';
import { volumeAttachment } from '../../../../lib/platform/api/storage/volume-attachment.ts';
import { kindCases } from '../../../support/kind-cases.ts';

test('disruption budgets: one of the two numbers, no more than all', () => {
  const cases = kindCases(podDisruptionBudget);
  assert.deepEqual(cases.causes({ spec: { minAvailable: '50%', selector: {} } }), []);
  assert.deepEqual(cases.create({ spec: {} })['status'], {
    disruptionsAllowed: 0,
    currentHealthy: 0,
    desiredHealthy: 0,
    expectedPods: 0,
  });
  assert.match(
    cases.causes({ spec: { minAvailable: 1, maxUnavailable: 1 } })[0]!,
    /^spec: Invalid value: .*: minAvailable and maxUnavailable are mutually exclusive$/,
  );
  assert.deepEqual(cases.causes({ spec: { maxUnavailable: '150%' } }), [
    'spec.maxUnavailable: Invalid value: "150%": must not be greater than 100%',
  ]);
  assert.deepEqual(cases.row({ spec: { minAvailable: 2 }, status: { disruptionsAllowed: 1 } }), ['x', '2', 'N/A', 1, '60m']);
});

test('priority classes: the system keeps its own, and a number stays', () => {
  const cases = kindCases(priorityClass);
  for (const each of systemPriorityClasses) assert.deepEqual(cases.causes(each), []);
  assert.deepEqual(cases.causes({ value: 1_000_000_001 }), [
    'value: Forbidden: maximum allowed value of a user defined priority is 1000000000',
  ]);
  assert.deepEqual(cases.causes({ metadata: { name: 'system-mine' }, value: 1 }), [
    "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only",
  ]);
  assert.deepEqual(cases.updateCauses({ value: 2 }, { value: 1 }), ['value: Forbidden: may not be changed in an update.']);
  assert.deepEqual(cases.row({ value: 7, globalDefault: true }), ['x', 7, true, '60m', 'PreemptLowerPriority']);
});

test('storage classes: defaults, what is fixed, the default one is marked', () => {
  const cases = kindCases(storageClass);
  assert.deepEqual(cases.causes({ provisioner: 'example.com/local' }), []);
  assert.deepEqual(cases.causes({ reclaimPolicy: 'Recycle' }), [
    'provisioner: Required value',
    'reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"',
  ]);
  assert.deepEqual(cases.updateCauses({ provisioner: 'a/b', parameters: { a: 'b' } }, { provisioner: 'a/b' }), [
    'parameters: Forbidden: updates to parameters are forbidden.',
  ]);
  const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' };
  assert.deepEqual(cases.row({ metadata: { annotations }, provisioner: 'a/b' }), [
    'x (default)',
    'a/b',
    'Delete',
    'Immediate',
    'false',
    '60m',
  ]);
});

test('CSI drivers, nodes and capacities', () => {
  const drivers = kindCases(csiDriver);
  assert.deepEqual(drivers.causes({ spec: {} }), []);
  assert.deepEqual(
    drivers.causes({ spec: { fsGroupPolicy: 'Some', tokenRequests: [{ audience: 'a', expirationSeconds: 1 }] } }),
    [
      'spec.fsGroupPolicy: Unsupported value: "Some": supported values: "File", "None", "ReadWriteOnceWithFSType"',
      'spec.tokenRequests[0].expirationSeconds: Invalid value: 1: may not specify a duration less than 10 minutes',
    ],
  );
  assert.deepEqual(drivers.row({ spec: {} }), ['x', true, false, false, '<unset>', false, 'Persistent', '60m']);
  const nodes = kindCases(csiNode);
  assert.deepEqual(
    nodes.causes({
      spec: {
        drivers: [
          { name: 'a', nodeID: 'n' },
          { name: 'a', nodeID: '' },
        ],
      },
    }),
    ['spec.drivers[1].nodeID: Required value', 'spec.drivers[1].name: Duplicate value: "a"'],
  );
  assert.match(
    nodes.updateCauses(
      { spec: { drivers: [{ name: 'a', nodeID: 'm' }] } },
      { spec: { drivers: [{ name: 'a', nodeID: 'n' }] } },
    )[0]!,
    /^CSINodeDriver: .*field is immutable$/,
  );
  const capacities = kindCases(csiStorageCapacity);
  assert.deepEqual(capacities.causes({ storageClassName: 'fast', capacity: '-1' }), [
    'capacity: Invalid value: "-1": must be greater than or equal to 0',
  ]);
  assert.deepEqual(capacities.row({ storageClassName: 'fast', capacity: '1Gi' }), ['x', 'fast', '1Gi']);
});

test('volume attachments: one source, and fixed', () => {
  const cases = kindCases(volumeAttachment);
  const spec = { attacher: 'csi.example.com', nodeName: 'n', source: { persistentVolumeName: 'v' } };
  assert.deepEqual(cases.causes({ spec }), []);
  assert.deepEqual(cases.causes({ spec: { ...spec, source: {} } }), [
    'spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName',
  ]);
  assert.match(cases.updateCauses({ spec: { ...spec, nodeName: 'm' } }, { spec })[0]!, /^spec: .*field is immutable$/);
  assert.deepEqual(cases.row({ spec, status: { attached: true } }), ['x', 'csi.example.com', 'v', 'n', true, '60m']);
});

test('runtime classes: the handler stays', () => {
  const cases = kindCases(runtimeClass);
  assert.deepEqual(cases.causes({ handler: 'runc' }), []);
  assert.deepEqual(cases.causes({}), ['handler: Required value']);
  assert.match(cases.updateCauses({ handler: 'kata' }, { handler: 'runc' })[0]!, /^handler: .*field is immutable$/);
  assert.deepEqual(cases.row({ handler: 'runc' }), ['x', 'runc', '60m']);
});
