import { isDefaultStorageClass, storageClass } from '../../api/storage/storage-class.ts';
import { resourcePrefix } from '../store/storage-key.ts';
import type { AdmissionPlugin } from './admission-plugin.ts';

const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

/** Claims that name no storage class get the default one, the newest should there be several (plugin/pkg/admission/storage/storageclass/setdefault). */
export const defaultStorageClass: AdmissionPlugin = {
  name: 'DefaultStorageClass',
  admit({ operation, definition, ref, object, cache }) {
    if (operation !== 'CREATE' || definition.group !== '' || definition.plural !== 'persistentvolumeclaims') return;
    if (ref.subresource !== undefined || object?.spec === undefined) return;
    if (object.spec.storageClassName !== undefined || object.metadata.annotations?.[CLASS_ANNOTATION] !== undefined) return;
    const newest = cache
      .resource(resourcePrefix(storageClass))
      .snapshot()
      .map((stored) => stored.object)
      .filter(isDefaultStorageClass)
      .sort(({ metadata: a }, { metadata: b }) =>
        a.creationTimestamp === b.creationTimestamp
          ? (a.name ?? '') < (b.name ?? '')
            ? -1
            : 1
          : (a.creationTimestamp ?? '') > (b.creationTimestamp ?? '')
            ? -1
            : 1,
      )[0];
    if (newest !== undefined) object.spec.storageClassName = newest.metadata.name;
  },
};
