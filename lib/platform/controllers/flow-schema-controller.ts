import type { KubeObject } from '../api/meta.ts';
import { rfc3339 } from '../../common/clock.ts';
import { withCondition } from './conditions.ts';
import type { Condition } from './core-types.ts';
import { defineController, type ControllerDefinition } from './define-controller.ts';
import { FLOW_SCHEMAS, PRIORITY_LEVELS, refTo } from './resources.ts';

const levelName = (schema: KubeObject): string => schema['spec']?.priorityLevelConfiguration?.name ?? '';

/** Tells of each flow schema whether its priority level is there (apiserver/pkg/util/flowcontrol/apf_controller.go). */
export const flowSchemaController = (): ControllerDefinition =>
  defineController({
    name: 'flow-schema-controller',
    for: FLOW_SCHEMAS,
    watches: [
      {
        of: PRIORITY_LEVELS,
        map: (level, { lister }) =>
          lister(FLOW_SCHEMAS)
            .list()
            .filter((schema) => levelName(schema) === level.metadata.name)
            .map(({ metadata }) => metadata.name!),
      },
    ],
    async reconcile(name, { client, lister, clock }) {
      const schema = lister(FLOW_SCHEMAS).byKey(name);
      if (schema === undefined) return;
      const level = levelName(schema);
      const found = lister(PRIORITY_LEVELS).byKey(level) !== undefined;
      const object = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)}`;
      const before = schema['status']?.conditions as readonly Condition[] | undefined;
      const conditions = withCondition(
        before,
        found
          ? { type: 'Dangling', status: 'False', reason: 'Found', message: `${object} and it exists` }
          : { type: 'Dangling', status: 'True', reason: 'NotFound', message: `${object} but there is no such object` },
        rfc3339(clock.now()),
      );
      if (conditions === before) return;
      await client.update(refTo(FLOW_SCHEMAS, schema, 'status'), { ...schema, status: { conditions } });
    },
  });
