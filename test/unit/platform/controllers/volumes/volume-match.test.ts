import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findVolume, type MatchOptions, mismatch } from '../../../../../lib/platform/controllers/volumes/volume-match.ts';
import type { Claim, Volume } from '../../../../../lib/platform/controllers/volumes/volume-types.ts';
import { claimOf, nodeOf, only, volumeOf } from '../../../../support/volume-objects.ts';

const held = (name: string, uid?: string): Partial<Volume['spec']> => ({
  claimRef: { namespace: 'a', name, ...(uid === undefined ? {} : { uid }) },
});
const large = { capacity: { storage: '9Gi' } };

for (const [what, claim, volumes, expected, options] of [
  [
    'takes the smallest that is large enough',
    claimOf('c'),
    [volumeOf('big', large), volumeOf('fits'), volumeOf('small', { capacity: { storage: '1Mi' } })],
    'fits',
  ],
  [
    'takes the one with the fewest other modes before the smallest',
    claimOf('c'),
    [volumeOf('many', { accessModes: ['ReadWriteOnce', 'ReadWriteMany'] }), volumeOf('big', large)],
    'big',
  ],
  ['needs every mode', claimOf('c', { accessModes: ['ReadWriteOnce', 'ReadOnlyMany'] }), [volumeOf('v')], undefined],
  ['stays in its class', claimOf('c', { storageClassName: 'slow' }), [volumeOf('v')], undefined],
  [
    'without a class takes only what has none',
    claimOf('c', { storageClassName: '' }),
    [volumeOf('v'), volumeOf('plain', { storageClassName: '' })],
    'plain',
  ],
  [
    'goes by its selector',
    claimOf('c', { selector: { matchLabels: { disk: 'b' } } }),
    [volumeOf('v'), volumeOf('w', {}, { metadata: { labels: { disk: 'b' } } })],
    'w',
  ],
  ['keeps to its mode', claimOf('c', { volumeMode: 'Block' }), [volumeOf('v'), volumeOf('w', { volumeMode: 'Block' })], 'w'],
  [
    'takes what is kept for its name, whatever the class',
    claimOf('c'),
    [volumeOf('v'), volumeOf('mine', { ...held('c'), storageClassName: 'slow' }, { phase: 'Available' })],
    'mine',
  ],
  ['takes nothing that is kept for another uid', claimOf('c', {}, { uid: 'new' }), [volumeOf('v', held('c', 'old'))], undefined],
  [
    'takes nothing that is bound, released or failed',
    claimOf('c'),
    [volumeOf('a', held('d')), volumeOf('b', {}, { phase: 'Released' }), volumeOf('c', {}, { phase: 'Failed' })],
    undefined,
  ],
  [
    'takes nothing that is going',
    claimOf('c'),
    [volumeOf('v', {}, { metadata: { deletionTimestamp: '2020-01-01T00:00:00Z' } })],
    undefined,
  ],
  [
    'takes what the node reaches',
    claimOf('c'),
    [volumeOf('far', { nodeAffinity: only('m') }), volumeOf('near', { nodeAffinity: only('n') })],
    'near',
    { node: nodeOf('n') },
  ],
  ['does not take what is promised to another', claimOf('c'), [volumeOf('v')], undefined, { taken: new Set(['v']) }],
  ['leaves the choice to the scheduler', claimOf('c'), [volumeOf('v')], undefined, { onlyHeld: true }],
  ['but not of what is kept for it', claimOf('c'), [volumeOf('v', held('c'))], 'v', { onlyHeld: true }],
  [
    'does not take what is kept for it where that cannot be reached',
    claimOf('c'),
    [volumeOf('v', { ...held('c'), nodeAffinity: only('m') }), volumeOf('w')],
    undefined,
    { node: nodeOf('n') },
  ],
] as [string, Claim, Volume[], string | undefined, MatchOptions?][])
  test(`a claim ${what}`, () => assert.equal(findVolume(claim, volumes, options)?.metadata.name, expected));

test('says why a volume is not what the claim that names it asks for', () => {
  const why = (spec: Partial<Claim['spec']>): string | undefined => mismatch(volumeOf('v'), claimOf('c', spec));
  assert.equal(why({}), undefined);
  assert.equal(why({ resources: { requests: { storage: '2Gi' } } }), 'requested PV is too small');
  assert.equal(why({ storageClassName: 'slow' }), 'storageClassName does not match');
  assert.equal(why({ volumeMode: 'Block' }), 'incompatible volumeMode');
  assert.equal(why({ accessModes: ['ReadWriteMany'] }), 'incompatible accessMode');
});
