import { rfc3339 } from '../../common/clock.ts';
import type { CustomResourceDefinition } from '../api/apiextensions/definition-types.ts';
import { withCondition } from './conditions.ts';
import type { Condition } from './core-types.ts';
import { type ControllerDefinition, defineController, type ReconcileContext } from './define-controller.ts';
import { planNames } from './definitions/accepted-names.ts';
import { CUSTOM_RESOURCE_DEFINITIONS, refTo } from './resources.ts';
import { sameJson } from './same-json.ts';

/**
 * Says which names a definition of custom resources has got, and with them that it is served. One at a time, and by what the server says now:
 * two definitions that want the same name must not both get it.
 */
export function definitionNamingController(): ControllerDefinition {
  return defineController({
    name: 'definition-naming-controller',
    for: CUSTOM_RESOURCE_DEFINITIONS,
    watches: [
      {
        // What one gives up, others of its group may be waiting for.
        of: CUSTOM_RESOURCE_DEFINITIONS,
        map: (object, { lister }) =>
          lister<CustomResourceDefinition>(CUSTOM_RESOURCE_DEFINITIONS)
            .list()
            .filter(({ spec, status }) => spec.group === object['spec'].group && !sameJson(spec.names, status?.acceptedNames))
            .map(({ metadata }) => metadata.name!),
        changed: (object, old) => !sameJson(object['status']?.acceptedNames, old['status']?.acceptedNames),
      },
    ],
    reconcile,
  });
}

async function reconcile(name: string, { client, clock, lister }: ReconcileContext): Promise<void> {
  const cached = lister<CustomResourceDefinition>(CUSTOM_RESOURCE_DEFINITIONS).byKey(name);
  if (cached === undefined || planned(cached, [], rfc3339(clock.now())) === undefined) return;
  const { items } = await client.list<CustomResourceDefinition>(CUSTOM_RESOURCE_DEFINITIONS);
  const object = items.find(({ metadata }) => metadata.name === name);
  if (object === undefined) return;
  const status = planned(
    object,
    items.filter((other) => other !== object),
    rfc3339(clock.now()),
  );
  if (status !== undefined)
    await client.update(refTo(CUSTOM_RESOURCE_DEFINITIONS, object, 'status'), { ...object, status } as CustomResourceDefinition);
}

/** The status that is to be written; undefined when it is written already. */
function planned(
  object: CustomResourceDefinition,
  others: readonly CustomResourceDefinition[],
  now: string,
): CustomResourceDefinition['status'] | undefined {
  const plan = planNames(object, others);
  let conditions = (object.status?.conditions ?? []) as readonly Condition[];
  for (const condition of plan.conditions) conditions = withCondition(conditions, condition, now);
  const status = { ...object.status, acceptedNames: plan.acceptedNames, conditions };
  return sameJson(status, object.status) ? undefined : (status as CustomResourceDefinition['status']);
}
