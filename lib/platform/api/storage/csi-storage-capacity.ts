import { column, nameColumn } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import { immutable, invalid, required } from '../validation/causes.ts';
import { validateLabelSelector } from '../validation/label-selector-validation.ts';
import { dns1123Subdomain } from '../validation/names.ts';
import { notNegativeQuantity } from '../validation/quantity-validation.ts';

export const csiStorageCapacity = defineResource({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIStorageCapacity',
  plural: 'csistoragecapacities',
  namespaced: true,
  schema: 'io.k8s.api.storage.v1.CSIStorageCapacity',
  strategy: {
    validate: ({ nodeTopology, storageClassName, capacity }) => [
      ...validateLabelSelector(nodeTopology, 'nodeTopology'),
      ...(storageClassName
        ? dns1123Subdomain(storageClassName).map((text) => invalid('storageClassName', storageClassName, text))
        : [required('storageClassName')]),
      ...(capacity === undefined ? [] : notNegativeQuantity('capacity', capacity)),
    ],
    validateUpdate: (object, old) => [
      ...immutable('nodeTopology', object.nodeTopology, old.nodeTopology),
      ...immutable('storageClassName', object.storageClassName, old.storageClassName),
    ],
  },
  columns: [
    nameColumn,
    column('StorageClassName', (object) => object.storageClassName ?? ''),
    column('Capacity', (object) => object.capacity ?? '<unset>'),
  ],
});
