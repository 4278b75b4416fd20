import { defineResource } from '../define-resource.ts';
import { binaryUpload } from './binary-upload.ts';
import { buildConfigColumns } from './build-columns.ts';
import { defaultBuildConfig } from './build-defaults.ts';
import type { BuildConfig } from './build-types.ts';
import { validateBuildConfig } from './build-validation.ts';
import { instantiate } from './instantiate.ts';
import { requireStrategy } from './strategy-access.ts';
import { normalizeTriggers } from './trigger-validation.ts';
import { webhooks } from './webhooks/webhooks.ts';

/** What builds are made of, and what starts them. */
export const buildConfig = defineResource<BuildConfig>({
  group: 'build.openshift.io',
  version: 'v1',
  kind: 'BuildConfig',
  plural: 'buildconfigs',
  shortNames: ['bc'],
  categories: ['all'],
  namespaced: true,
  schema: 'com.github.openshift.api.build.v1.BuildConfig',
  strategy: {
    defaults(object) {
      normalizeTriggers(object.spec.triggers ?? []);
      defaultBuildConfig(object);
    },
    async prepareForCreate(object, context) {
      await requireStrategy(context, 'buildconfigs', object);
      object.status = { lastVersion: object.status?.lastVersion ?? 0 };
    },
    async prepareForUpdate(object, old, context) {
      await requireStrategy(context, 'buildconfigs', object);
      // Numbers of builds are given out once; who writes an older copy back does not take them back.
      object.status = { lastVersion: Math.max(object.status?.lastVersion ?? 0, old.status?.lastVersion ?? 0) };
    },
    validate: validateBuildConfig,
  },
  subresources: { instantiate, instantiatebinary: binaryUpload, webhooks },
  columns: buildConfigColumns,
});
