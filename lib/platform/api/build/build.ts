import type { ReplaceSubresource } from '../subresources/subresource.ts';
import type { StrategyContext } from '../strategy.ts';
import { defineResource } from '../define-resource.ts';
import { deepEqual, invalid } from '../validation/causes.ts';
import { buildColumns } from './build-columns.ts';
import { defaultCommonSpec } from './build-defaults.ts';
import { buildLog } from './build-log.ts';
import type { Build } from './build-types.ts';
import { validateBuild, validateBuildUpdate, validatePhase } from './build-validation.ts';
import { cloneBuild } from './clone-build.ts';
import { requireStrategy } from './strategy-access.ts';

const allowed = (object: Build, context: StrategyContext): Promise<void> => requireStrategy(context, 'builds', object);

/** What the build controller and the builder tell of a build: its status and the revision that it was made of. */
const details: ReplaceSubresource<Build> = {
  kind: 'replace',
  prepareForUpdate(object, old) {
    const { metadata, spec, status } = object;
    const annotations = metadata.annotations;
    object.metadata = { ...old.metadata, ...(annotations === undefined ? {} : { annotations }) };
    if (metadata.resourceVersion !== undefined) object.metadata.resourceVersion = metadata.resourceVersion;
    object.spec = { ...old.spec, ...(spec.revision === undefined ? {} : { revision: spec.revision }) };
    object.status = { ...status };
    // Who cancels has asked for it in the meantime.
    if (old.status?.cancelled === true) object.status.cancelled = true;
  },
  validateUpdate(object, old) {
    const causes = validatePhase(object, old);
    const { revision } = old.spec;
    if (revision?.git?.commit !== undefined && !deepEqual(object.spec.revision?.git?.commit, revision.git.commit))
      causes.push(invalid('spec.revision', object.spec.revision, 'cannot be changed once it is set'));
    return causes;
  },
};

/** One run of what a build config says (or of what it says itself): from source to an image. */
export const build = defineResource<Build>({
  group: 'build.openshift.io',
  version: 'v1',
  kind: 'Build',
  plural: 'builds',
  categories: ['all'],
  namespaced: true,
  schema: 'com.github.openshift.api.build.v1.Build',
  strategy: {
    // Beside the metadata nobody but the controller changes it.
    generation: false,
    defaults: ({ spec }) => defaultCommonSpec(spec),
    async prepareForCreate(object, context) {
      await allowed(object, context);
      const { config } = object.status ?? {};
      object.status = { phase: 'New', ...(config === undefined ? {} : { config }) };
      object.spec.triggeredBy ??= [];
    },
    prepareForUpdate(object, old) {
      // Cancelling is all that clients do to a build that has begun.
      const cancelled = object.status?.cancelled === true || old.status?.cancelled === true;
      object.status = { ...old.status, ...(cancelled ? { cancelled } : {}) };
    },
    validate: validateBuild,
    validateUpdate: validateBuildUpdate,
  },
  subresources: { clone: cloneBuild, details: details as ReplaceSubresource, log: buildLog },
  selectableFields: {
    status: (object) => object.status?.phase ?? '',
    podName: (object) => `${object.metadata.name}-build`,
  },
  columns: buildColumns,
});
