import type { ActionSubresource } from '../subresources/action-subresource.ts';
import { generateBuild } from './generate-build.ts';
import type { BuildConfig, BuildRequest } from './build-types.ts';
import { requireStrategy } from './strategy-access.ts';

/** The kind that `instantiate` and `clone` are asked with. */
export const BUILD_REQUEST = {
  group: 'build.openshift.io',
  version: 'v1',
  kind: 'BuildRequest',
  schema: 'com.github.openshift.api.build.v1.BuildRequest',
} as const;

/** Makes the config's next build. */
export const instantiate: ActionSubresource = {
  kind: 'action',
  body: BUILD_REQUEST,
  async run(parent, body, context) {
    const config = parent as BuildConfig;
    await requireStrategy(context, 'buildconfigs', config);
    return generateBuild(context, config, body as BuildRequest);
  },
};
