import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bearsBoth, isIdentity, mayBeNamed, ownOrInside } from '../../../../../../lib/installer/lab/aws/sweep/ownership.ts';

const lab = { name: 'demo', id: '0123456789ab' };
const tags = (name?: string, id?: string) => [
  ...(name === undefined ? [] : [{ Key: 'oo-install:lab', Value: name }]),
  ...(id === undefined ? [] : [{ Key: 'oo-install:lab-id', Value: id }]),
];

test('both tags make a thing the lab own, whole and exactly', () => {
  assert.ok(bearsBoth(tags('demo', lab.id), lab));
  for (const others of [
    undefined,
    [],
    tags('demo'),
    tags(undefined, lab.id),
    tags('demo-2', lab.id),
    tags('Demo', lab.id),
    tags('demo', '0123456789ac'),
    tags('*', '*'),
    [{ Key: 'oo-install:LAB', Value: 'demo' }, ...tags(undefined, lab.id)],
  ])
    assert.equal(bearsBoth(others, lab), false, JSON.stringify(others));
});

test('a pattern, or what is empty or too long, is no identity', () => {
  assert.ok(isIdentity('demo', lab.id));
  assert.ok(isIdentity('a', lab.id));
  for (const [name, id] of [
    ['*', lab.id],
    ['demo', '*'],
    ['demo', '????????????'],
    ['de?o', lab.id],
    ['', lab.id],
    ['-demo', lab.id],
    ['a'.repeat(21), lab.id],
    ['demo\n', lab.id],
    ['demo', `${lab.id}\n`],
    ['demo', undefined],
    [undefined, lab.id],
  ] as const)
    assert.equal(isIdentity(name, id), false, JSON.stringify([name, id]));
});

test('what a filter gives wrongly is not taken, and without a VPC of its own nothing is inside', async () => {
  const foreign = { Id: 'v', Tags: tags('demo', 'ffffffffffff') };
  const asked: unknown[] = [];
  const list = async (filters: object[]) => {
    asked.push(filters);
    return [foreign];
  };
  assert.deepEqual(await ownOrInside({ lab, vpcs: [] }, 'vpc-id', list, ({ Id }) => Id), []);
  assert.equal(asked.length, 1);
});

test('a name that CloudFormation cut may be of a lab with a long name', () => {
  const long = { name: 'a-lab-of-twenty-char', id: lab.id };
  assert.ok(mayBeNamed('oo-lab-a-lab-of-twenty-c-HostRole96745B4B-CY19I9GE3G5K', long));
  assert.equal(mayBeNamed('other-role', long), false);
});
