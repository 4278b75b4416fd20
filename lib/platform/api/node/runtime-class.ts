import { ageColumn, column, nameColumn } from '../columns.ts';
import { validateTolerations } from '../core/pod/scheduling-validation.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import type { StatusCause } from '../status-error.ts';
import { immutable, invalid, required } from '../validation/causes.ts';
import { dns1123Label } from '../validation/names.ts';
import { validateLabels } from '../validation/object-meta.ts';
import { notNegativeQuantity } from '../validation/quantity-validation.ts';

function validate({ handler = '', overhead, scheduling }: KubeObject): StatusCause[] {
  const causes = handler === '' ? [required('handler')] : dns1123Label(handler).map((text) => invalid('handler', handler, text));
  for (const [name, value] of Object.entries((overhead?.podFixed ?? {}) as Record<string, string>))
    causes.push(...notNegativeQuantity(`overhead.podFixed[${name}]`, value));
  return [
    ...causes,
    ...validateLabels(scheduling?.nodeSelector, 'scheduling.nodeSelector'),
    ...validateTolerations(scheduling?.tolerations ?? [], 'scheduling.tolerations'),
  ];
}

export const runtimeClass = defineResource({
  group: 'node.k8s.io',
  version: 'v1',
  kind: 'RuntimeClass',
  plural: 'runtimeclasses',
  namespaced: false,
  schema: 'io.k8s.api.node.v1.RuntimeClass',
  strategy: { validate, validateUpdate: (object, old) => immutable('handler', object.handler, old.handler) },
  columns: [nameColumn, column('Handler', (object) => object.handler ?? ''), ageColumn],
});
