import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controllerRevision } from '../../../../../lib/platform/api/apps/controller-revision.ts';
import { daemonSet } from '../../../../../lib/platform/api/apps/daemon-set.ts';
import { replicaSet } from '../../../../../lib/platform/api/apps/replica-set.ts';
import { statefulSet } from '../../../../../lib/platform/api/apps/stateful-set.ts';
import { kindCases, WEB_SELECTOR, webTemplate } from '../../../../support/kind-cases.ts';

const spec = (more: object = {}): { spec: object } => ({ spec: { selector: WEB_SELECTOR, template: webTemplate(), ...more } });

test('replica sets: defaults, causes, what is fixed, columns', () => {
  const cases = kindCases(replicaSet);
  const made = cases.create(spec());
  assert.deepEqual([made['spec'].replicas, made['status'], made.metadata.labels], [1, { replicas: 0 }, undefined]);
  assert.deepEqual(cases.causes(spec({ replicas: -1, template: webTemplate({ containers: [] }) })), [
    'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    'spec.template.spec.containers: Required value',
  ]);
  assert.match(
    cases.updateCauses(spec({ selector: { matchLabels: { app: 'web', a: 'b' } }, template: webTemplate() }), spec()).at(-1)!,
    /spec\.selector: .*field is immutable/,
  );
  assert.deepEqual(cases.statusCauses({ replicas: 0, fullyLabeledReplicas: 1 }), [
    'status.fullyLabeledReplicas: Invalid value: 1: cannot be greater than status.replicas',
  ]);
  assert.deepEqual(cases.row({ ...spec(), status: { replicas: 1 } }), ['x', 1, 1, 0, '60m', 'web', 'web:1', 'app=web']);
});

test('stateful sets: defaults, causes, what may change, columns', () => {
  const cases = kindCases(statefulSet);
  const claims = [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'] } }];
  const made = cases.create(spec({ serviceName: 'web', volumeClaimTemplates: claims }));
  assert.deepEqual(made['spec'].volumeClaimTemplates[0], {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data', creationTimestamp: null },
    spec: { accessModes: ['ReadWriteOnce'], resources: {}, volumeMode: 'Filesystem' },
    status: { phase: 'Pending' },
  });
  assert.deepEqual(made['spec'].updateStrategy, { type: 'RollingUpdate', rollingUpdate: { partition: 0 } });
  assert.deepEqual(made['status'], { replicas: 0, availableReplicas: 0 });
  assert.deepEqual(cases.causes(spec()), []);
  assert.deepEqual(cases.causes(spec({ podManagementPolicy: 'Sometimes', updateStrategy: { type: 'Never' } })), [
    "spec.podManagementPolicy: Invalid value: \"Sometimes\": must be 'OrderedReady' or 'Parallel'",
    'spec.updateStrategy: Invalid value: map[string]string{"type":"Never"}: must be \'RollingUpdate\' or \'OnDelete\'',
  ]);
  assert.deepEqual(
    cases.causes(spec({ persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Keep' }, ordinals: { start: -1 } })),
    [
      'spec.persistentVolumeClaimRetentionPolicy.whenDeleted: Unsupported value: "Keep": supported values: "Retain", "Delete"',
      'spec.ordinals.start: Invalid value: -1: must be greater than or equal to 0',
    ],
  );
  assert.deepEqual(cases.updateCauses(spec({ replicas: 5, minReadySeconds: 3 }), spec()), []);
  assert.match(
    cases.updateCauses(spec({ serviceName: 'other' }), spec())[0]!,
    /^spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template'/,
  );
  assert.deepEqual(cases.row({ ...spec({ replicas: 2 }), status: { readyReplicas: 1 } }), ['x', '1/2', '60m', 'web', 'web:1']);
});

test('daemon sets: the template is counted, surge and unavailability exclude each other', () => {
  const cases = kindCases(daemonSet);
  const generation = 'deprecated.daemonset.template.generation';
  const made = cases.create(spec());
  assert.equal(made.metadata.annotations![generation], '1');
  const changed = cases.create(spec({ template: webTemplate({ hostNetwork: true }) }));
  changed.metadata.annotations = { mine: 'kept' };
  void daemonSet.strategy!.prepareForUpdate!(changed, made, {} as never);
  assert.deepEqual(changed.metadata.annotations, { mine: 'kept', [generation]: '2' });
  void daemonSet.strategy!.prepareForUpdate!(changed, changed, {} as never);
  assert.equal(changed.metadata.annotations[generation], '2');
  const rolling = (rollingUpdate: object): string[] => cases.causes(spec({ updateStrategy: { rollingUpdate } }));
  assert.deepEqual(rolling({ maxSurge: 1 }), [
    'spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero',
  ]);
  assert.deepEqual(rolling({ maxSurge: 0, maxUnavailable: 0 }), [
    'spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0',
  ]);
  assert.deepEqual(rolling({ maxSurge: '10%', maxUnavailable: 0 }), []);
  const status = { desiredNumberScheduled: 3, currentNumberScheduled: 3, numberReady: 2, updatedNumberScheduled: 3 };
  const template = webTemplate({ nodeSelector: { disk: 'ssd' } });
  assert.deepEqual(
    [...cases.row({ ...spec({ template }), status })],
    ['x', 3, 3, 2, 3, 0, 'disk=ssd', '60m', 'web', 'web:1', 'app=web'],
  );
});

test('controller revisions keep their data', () => {
  const cases = kindCases(controllerRevision);
  assert.deepEqual(cases.causes({ revision: -1 }), [
    'data: Required value: data is mandatory',
    'revision: Invalid value: -1: must be greater than or equal to 0',
  ]);
  assert.deepEqual(cases.updateCauses({ data: { a: 1 }, revision: 2 }, { data: { a: 1 }, revision: 1 }), []);
  assert.match(cases.updateCauses({ data: { a: 2 }, revision: 1 }, { data: { a: 1 }, revision: 1 })[0]!, /data: .*immutable/);
  const owner = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'web', uid: 'u', controller: true };
  assert.deepEqual(cases.row({ metadata: { ownerReferences: [owner] }, data: {}, revision: 3 }), [
    'x',
    'daemonset.apps/web',
    3,
    '60m',
  ]);
});
