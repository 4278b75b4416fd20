import { ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import type { StatusCause } from '../status-error.ts';
import { invalid, notNegative } from '../validation/causes.ts';

function validate(object: KubeObject): StatusCause[] {
  const { leaseDurationSeconds, leaseTransitions } = object.spec ?? {};
  const causes = notNegative('spec.leaseTransitions', leaseTransitions);
  if (leaseDurationSeconds !== undefined && leaseDurationSeconds <= 0)
    causes.unshift(invalid('spec.leaseDurationSeconds', leaseDurationSeconds, 'must be greater than 0'));
  return causes;
}

export const lease = defineResource({
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
  schema: 'io.k8s.api.coordination.v1.Lease',
  strategy: { validate, allowCreateOnUpdate: true, allowUnconditionalUpdate: false },
  columns: [nameColumn, column('Holder', (object) => object.spec?.holderIdentity ?? ''), ageColumn],
});
