import assert from 'node:assert/strict';
import { test } from 'node:test';
import { persistentVolume } from '../../../../../lib/platform/api/core/persistent-volume.ts';
import { persistentVolumeClaim } from '../../../../../lib/platform/api/core/persistent-volume-claim.ts';
import { kindCases } from '../../../../support/kind-cases.ts';

const volumes = kindCases(persistentVolume);
const claims = kindCases(persistentVolumeClaim);
const volume = (more: object = {}): { spec: object } => ({
  spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/data' }, ...more },
});
const claim = (more: object = {}): { spec: object } => ({
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...more },
});

test('volumes: what they must say', () => {
  assert.deepEqual(volumes.causes(volume()), []);
  assert.deepEqual(volumes.create(volume())['status'], { phase: 'Pending', lastPhaseTransitionTime: '2026-01-01T00:00:00Z' });
  const table: [object, string[]][] = [
    [{ capacity: undefined, accessModes: [] }, ['spec.accessModes: Required value', 'spec.capacity: Required value']],
    [{ capacity: { storage: '0' } }, ['spec.capacity[storage]: Invalid value: "0": must be greater than zero']],
    [
      { accessModes: ['ReadWriteOncePod', 'ReadWriteOnce'] },
      ['spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes'],
    ],
    [{ hostPath: undefined }, ['spec: Required value: must specify a volume type']],
    [{ nfs: { server: 's', path: '/p' } }, ['spec.nfs: Forbidden: may not specify more than 1 volume type']],
    [{ hostPath: undefined, local: { path: '/d' } }, ['spec.nodeAffinity: Required value: Local volume requires node affinity']],
    [{ hostPath: { path: '/../etc' } }, ['spec.hostPath.path: Invalid value: "/../etc": must not contain \'..\'']],
    [
      { persistentVolumeReclaimPolicy: 'Keep' },
      ['spec.persistentVolumeReclaimPolicy: Unsupported value: "Keep": supported values: "Delete", "Recycle", "Retain"'],
    ],
  ];
  for (const [more, wanted] of table) assert.deepEqual(volumes.causes(volume(more)), wanted);
});

test('volumes stay where they are; columns', () => {
  assert.deepEqual(volumes.updateCauses(volume({ capacity: { storage: '2Gi' } }), volume()), []);
  assert.deepEqual(volumes.updateCauses(volume({ hostPath: { path: '/other' } }), volume()), [
    'spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation',
  ]);
  const claimRef = { namespace: 'default', name: 'data' };
  assert.deepEqual(volumes.row({ ...volume({ claimRef, storageClassName: 'fast' }), status: { phase: 'Bound' } }), [
    'x',
    '1Gi',
    'RWO',
    'Retain',
    'Bound',
    'default/data',
    'fast',
    '<unset>',
    '',
    '60m',
    'Filesystem',
  ]);
});

test('claims: what they must say', () => {
  assert.deepEqual(claims.causes(claim()), []);
  assert.deepEqual(claims.create(claim())['status'], { phase: 'Pending' });
  assert.deepEqual(claims.causes(claim({ accessModes: [], resources: {} })), [
    'spec.accessModes: Required value: at least 1 access mode is required',
    'spec.resources[storage]: Required value',
  ]);
  assert.deepEqual(claims.causes(claim({ accessModes: ['Sometimes'], volumeMode: 'Tape' })), [
    'spec.accessModes: Unsupported value: "Sometimes": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
    'spec.volumeMode: Unsupported value: "Tape": supported values: "Block", "Filesystem"',
  ]);
});

test('a claim may be bound once, and grow when it is', () => {
  assert.deepEqual(claims.updateCauses(claim({ volumeName: 'v', storageClassName: 'fast' }), claim()), []);
  const forbidden = [
    'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
  ];
  const grown = { resources: { requests: { storage: '2Gi' } } };
  assert.deepEqual(claims.updateCauses(claim({ volumeName: 'other' }), claim({ volumeName: 'v' })), forbidden);
  assert.deepEqual(claims.updateCauses(claim(grown), claim()), forbidden);
  const bound = claims.create(claim({ volumeName: 'v' }));
  bound['status'] = { phase: 'Bound', capacity: { storage: '1Gi' } };
  const resized = (storage: string): string[] =>
    persistentVolumeClaim.strategy!.validateUpdate!(
      { ...bound, spec: { ...bound['spec'], resources: { requests: { storage } } } },
      bound,
    ).map(({ field, message }) => `${field}: ${message}`);
  assert.deepEqual(resized('2Gi'), []);
  assert.deepEqual(resized('1Mi'), ['spec.resources.requests.storage: Forbidden: field can not be less than status.capacity']);
});

test('columns of claims', () => {
  assert.deepEqual(claims.row(claim()), ['x', 'Pending', '', '', '', '', '<unset>', '60m', 'Filesystem']);
  const status = { phase: 'Bound', accessModes: ['ReadWriteMany', 'ReadWriteOnce'], capacity: { storage: '1Gi' } };
  assert.deepEqual(claims.row({ ...claim({ volumeName: 'v', storageClassName: 'fast' }), status }).slice(1, 6), [
    'Bound',
    'v',
    '1Gi',
    'RWO,RWX',
    'fast',
  ]);
});
