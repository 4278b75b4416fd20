import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeTtlController, ttlStep } from '../../../../lib/platform/controllers/node-ttl-controller.ts';
import { NODES } from '../../../../lib/platform/controllers/resources.ts';
import { eventually } from '../../../support/eventually.ts';
import { startControllers } from '../../../support/run-controllers.ts';

test('one more or one fewer changes nothing near a boundary', () => {
  for (const [nodes, before, after] of [
    [1, 0, 0],
    [100, 0, 0],
    [101, 0, 1],
    [95, 1, 1],
    [89, 1, 0],
    [5000, 0, 4],
    [1, 4, 0],
  ] as const)
    assert.equal(ttlStep(nodes, before), after, `${nodes} nodes after step ${before}`);
});

test('every node is told, and all again when there are many', async () => {
  await using rig = startControllers([nodeTtlController()]);
  const add = (i: number): Promise<unknown> =>
    rig.create(NODES, { apiVersion: 'v1', kind: 'Node', metadata: { name: `n${i}`, annotations: { mine: 'x' } } });
  const told = async (): Promise<unknown[]> => {
    const all = (await rig.list(NODES)).map(({ metadata }) => metadata.annotations?.['node.alpha.kubernetes.io/ttl']);
    return [...new Set(all)];
  };
  await add(0);
  await eventually(async () => assert.deepEqual(await told(), ['0']));
  for (let i = 1; i <= 100; i++) await add(i);
  await eventually(async () => assert.deepEqual(await told(), ['15']));
  assert.equal((await rig.list(NODES))[0]!.metadata.annotations!['mine'], 'x');
});
