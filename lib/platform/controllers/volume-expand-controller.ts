import { rfc3339 } from '../../common/clock.ts';
import { compareQuantities } from '../api/quantity.ts';
import { LOCAL_PROVISIONER, PROVISIONED_BY } from '../api/storage/local-volumes.ts';
import { withCondition } from './conditions.ts';
import { type ControllerDefinition, defineController } from './define-controller.ts';
import { PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES, refTo } from './resources.ts';
import { annotationOf, type Claim, isFullyBound, type Volume } from './volumes/volume-types.ts';

const MESSAGE = 'Waiting for user to (re-)start a pod to finish file system resize of volume on node.';

/**
 * Makes volumes as large as their claims have become. The last step is the node's, when a pod uses the volume; drivers and
 * provisioners of others bring resizers of their own (pkg/controller/volume/expand).
 */
export const volumeExpandController = (): ControllerDefinition =>
  defineController({
    name: 'volume-expand-controller',
    component: 'volume_expand',
    for: PERSISTENT_VOLUME_CLAIMS,
    watches: [{ of: PERSISTENT_VOLUMES, map: () => [], changed: () => false }],
    async reconcile(key, { client, clock, lister, recorder }) {
      const claim = lister<Claim>(PERSISTENT_VOLUME_CLAIMS).byKey(key);
      if (claim === undefined || claim.status?.phase !== 'Bound' || !isFullyBound(claim)) return;
      const wanted = claim.spec.resources?.requests?.storage;
      const size = claim.status.capacity?.storage;
      if (wanted === undefined || size === undefined || compareQuantities(wanted, size) <= 0) return;
      const volume = lister<Volume>(PERSISTENT_VOLUMES).byKey(claim.spec.volumeName!);
      if (volume === undefined || annotationOf(volume, PROVISIONED_BY) !== LOCAL_PROVISIONER) return;
      if (compareQuantities(volume.spec.capacity?.storage ?? '0', wanted) < 0)
        await client.update(refTo(PERSISTENT_VOLUMES, volume), {
          ...volume,
          spec: { ...volume.spec, capacity: { ...volume.spec.capacity, storage: wanted } },
        });
      const condition = { type: 'FileSystemResizePending', status: 'True', message: MESSAGE } as const;
      const conditions = withCondition(claim.status.conditions, condition, rfc3339(clock.now()));
      if (conditions === claim.status.conditions) return;
      await client.update(refTo(PERSISTENT_VOLUME_CLAIMS, claim, 'status'), {
        ...claim,
        status: { ...claim.status, conditions },
      });
      recorder.event(claim, 'Normal', 'FileSystemResizeRequired', 'Require file system resize of volume on node');
    },
  });
