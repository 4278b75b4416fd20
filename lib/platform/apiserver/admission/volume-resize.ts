import { persistentVolumeClaim } from '../../api/core/persistent-volume-claim.ts';
import { storageClassOf } from '../../api/core/volume-access.ts';
import { compareQuantities } from '../../api/quantity.ts';
import { newForbidden } from '../../api/status-error.ts';
import { storageClass } from '../../api/storage/storage-class.ts';
import { objectKey, resourcePrefix } from '../store/storage-key.ts';
import type { AdmissionPlugin } from './admission-plugin.ts';

/** Claims grow where they are bound and their class lets them (plugin/pkg/admission/storage/persistentvolume/resize). */
export const volumeResize: AdmissionPlugin = {
  name: 'PersistentVolumeClaimResize',
  validate({ operation, definition, ref, object, old, cache }) {
    if (operation !== 'UPDATE' || definition !== persistentVolumeClaim || ref.subresource !== undefined) return;
    if (object === undefined || old === undefined) return;
    const size = object.spec?.resources?.requests?.storage as string | undefined;
    const before = old.spec?.resources?.requests?.storage as string | undefined;
    if (size === undefined || before === undefined || compareQuantities(size, before) <= 0) return;
    const refuse = (why: string): never => {
      throw newForbidden({ group: '', resource: definition.plural }, object.metadata.name ?? '', why);
    };
    if (old.status?.phase !== 'Bound') refuse('only bound persistent volume claims can be expanded');
    const name = storageClassOf(object);
    const found = cache.resource(resourcePrefix(storageClass)).get(objectKey(storageClass, undefined, name))?.object;
    if (name === '' || name !== storageClassOf(old) || found?.allowVolumeExpansion !== true)
      refuse('only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize');
  },
};
