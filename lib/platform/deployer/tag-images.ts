import type { TagImageHook } from '../api/openshift-apps/deployment-config-types.ts';
import { persistently } from './api-retry.ts';
import { type Rollout, RolloutFailure } from './rollout.ts';
import { current } from './scale-controller.ts';

const TAGS = { group: 'image.openshift.io', version: 'v1', resource: 'imagestreamtags' } as const;

/** Gives the images that the version's containers run tags of image streams. */
export async function tagImages(rollout: Rollout, hook: string, tags: readonly TagImageHook[]): Promise<void> {
  const { client, namespace, say } = rollout;
  const spec = current(rollout).spec.template?.spec;
  for (const { containerName, to } of tags) {
    const container = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].find(({ name }) => name === containerName);
    if (!container?.image) throw new RolloutFailure(`no container named "${containerName}" found in the template`);
    const where = { ...TAGS, namespace: to.namespace || namespace, name: to.name! };
    const tag = { from: { kind: 'DockerImage', name: container.image } };
    const metadata = { name: where.name, namespace: where.namespace };
    await persistently(rollout, () =>
      client.update(where, { apiVersion: 'image.openshift.io/v1', kind: 'ImageStreamTag', metadata, tag }),
    );
    say(`--> ${hook}: Tagged "${container.image}" into ${where.namespace}/${where.name}`);
  }
}
