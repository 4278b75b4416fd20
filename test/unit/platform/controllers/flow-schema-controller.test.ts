import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flowSchemaController } from '../../../../lib/platform/controllers/flow-schema-controller.ts';
import { FLOW_SCHEMAS, PRIORITY_LEVELS } from '../../../../lib/platform/controllers/resources.ts';
import { eventually } from '../../../support/eventually.ts';
import { startControllers } from '../../../support/run-controllers.ts';

test('a flow schema tells whether its priority level is there, as that comes and goes', async () => {
  await using rig = startControllers([flowSchemaController()]);
  const head = { apiVersion: 'flowcontrol.apiserver.k8s.io/v1', metadata: { name: 'shop' } };
  await rig.create(FLOW_SCHEMAS, { ...head, kind: 'FlowSchema', spec: { priorityLevelConfiguration: { name: 'shop' } } });
  const told = async (): Promise<string> => {
    const [schema] = await rig.list(FLOW_SCHEMAS);
    const [condition, ...more] = schema!['status']?.conditions ?? [];
    assert.equal(more.length, 0);
    return `${condition?.type}=${condition?.status} ${condition?.reason}: ${condition?.message}`;
  };
  const object = 'This FlowSchema references the PriorityLevelConfiguration object named "shop"';
  await eventually(async () => assert.equal(await told(), `Dangling=True NotFound: ${object} but there is no such object`));
  await rig.create(PRIORITY_LEVELS, { ...head, kind: 'PriorityLevelConfiguration', spec: { type: 'Limited' } });
  await eventually(async () => assert.equal(await told(), `Dangling=False Found: ${object} and it exists`));
});
