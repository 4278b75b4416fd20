import { ageColumn, column, countColumn, nameColumn } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import type { StatusCause } from '../status-error.ts';
import { forbidden, invalid } from '../validation/causes.ts';

/** Above this stand only the classes of the system. */
const HIGHEST_USER_PRIORITY = 1_000_000_000;
const SYSTEM_PREFIX = 'system-';

const systemClass = (name: string, value: number, description: string): KubeObject => ({
  apiVersion: 'scheduling.k8s.io/v1',
  kind: 'PriorityClass',
  metadata: { name },
  value,
  description,
  preemptionPolicy: 'PreemptLowerPriority',
});

/** The two classes that every cluster has. */
export const systemPriorityClasses: readonly KubeObject[] = [
  systemClass(
    'system-node-critical',
    2 * HIGHEST_USER_PRIORITY + 1000,
    'Used for system critical pods that must not be moved from their current node.',
  ),
  systemClass(
    'system-cluster-critical',
    2 * HIGHEST_USER_PRIORITY,
    'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  ),
];

function validate(object: KubeObject): StatusCause[] {
  const { name = '' } = object.metadata;
  const causes: StatusCause[] = [];
  if (name.startsWith(SYSTEM_PREFIX)) {
    const known = systemPriorityClasses.find((each) => each.metadata.name === name);
    if (known === undefined || known.value !== object.value || object.globalDefault === true)
      causes.push(
        forbidden('metadata.name', `priority class names with '${SYSTEM_PREFIX}' prefix are reserved for system use only`),
      );
  } else if (object.value > HIGHEST_USER_PRIORITY)
    causes.push(forbidden('value', `maximum allowed value of a user defined priority is ${HIGHEST_USER_PRIORITY}`));
  if (!['Never', 'PreemptLowerPriority'].includes(object.preemptionPolicy))
    causes.push(invalid('preemptionPolicy', object.preemptionPolicy, 'must be Never or PreemptLowerPriority'));
  return causes;
}

/** Pods keep the number that they were made with, so a class keeps it too. */
const validateUpdate = (object: KubeObject, old: KubeObject): StatusCause[] => [
  ...(object.value === old.value ? [] : [forbidden('value', 'may not be changed in an update.')]),
  ...(object.preemptionPolicy === old.preemptionPolicy
    ? []
    : [invalid('preemptionPolicy', object.preemptionPolicy, 'field is immutable')]),
];

export const priorityClass = defineResource({
  group: 'scheduling.k8s.io',
  version: 'v1',
  kind: 'PriorityClass',
  plural: 'priorityclasses',
  shortNames: ['pc'],
  namespaced: false,
  schema: 'io.k8s.api.scheduling.v1.PriorityClass',
  strategy: { generation: true, validate, validateUpdate },
  bootstrap: { objects: systemPriorityClasses },
  columns: [
    nameColumn,
    countColumn('Value', (object) => object.value ?? 0),
    { name: 'Global-Default', type: 'boolean', cell: (object) => object.globalDefault ?? false },
    ageColumn,
    column('PreemptionPolicy', (object) => object.preemptionPolicy ?? ''),
  ],
});
