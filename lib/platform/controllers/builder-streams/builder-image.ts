import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { assetPath } from '../../../common/assets.ts';
import { type ImageRecipeConfig, imageRecipeConfig } from '../../../common/image-recipe-config.ts';
import { describeImage } from '../../api/image/image-metadata.ts';
import { type Image, IMAGE_GROUP, type TagReference } from '../../api/image/image-types.ts';
import type { KubeObject } from '../../api/meta.ts';

/** The images that applications are built with (assets/images/NAME.json), each a stream of its name. The first is brought to the registry first. */
export const BUILDERS = ['nodejs', 'static', 'python', 'php'] as const;

/** What an image's recipe says of it. */
const recipe = z.object({ config: imageRecipeConfig });

/** The configuration of a builder image, as its recipe has it. */
export async function builderConfig(name: string): Promise<ImageRecipeConfig> {
  return recipe.parse(JSON.parse(await readFile(assetPath('images', `${name}.json`), 'utf8'))).config;
}

/** `openshift/NAME@sha256:ID` as the node tells it (node/kubelet/node-status). */
export function imageOn(node: KubeObject, name: string): string | undefined {
  const images = ((node['status'] as { images?: { names?: string[] }[] } | undefined)?.images ?? []).flatMap(
    ({ names = [] }) => names,
  );
  return images.find((reference) => reference.startsWith(`openshift/${name}@sha256:`));
}

/** The version in the image's name for people, `Node.js 20`; then `latest`, which follows it. An image without versions has the latter alone. */
export function tagsOf(name: string, { labels }: ImageRecipeConfig): TagReference[] {
  const display = labels['io.k8s.display-name'] ?? name;
  const version = /(\d+(?:\.\d+)*)$/.exec(display)?.[1];
  const annotations = {
    'openshift.io/display-name': display,
    description: labels['io.k8s.description'] ?? display,
    iconClass: `icon-${name}`,
    tags: `builder,${name}`,
    ...(version === undefined ? { supports: name } : { supports: `${name}:${version},${name}`, version }),
  };
  if (version === undefined) return [{ name: 'latest', annotations }];
  return [
    { name: version, annotations },
    { name: 'latest', annotations, from: { kind: 'ImageStreamTag', name: version } },
  ];
}

/** What clients are told of it: `oc new-app` goes by its ports and labels. */
export function imageOf(
  reference: string,
  { entrypoint, cmd, user, env, workingDir, exposedPorts, labels }: ImageRecipeConfig,
): Image {
  const digest = reference.slice(reference.indexOf('@') + 1);
  const config = {
    User: user,
    ExposedPorts: Object.fromEntries(exposedPorts.map((port) => [port, {}])),
    Env: env,
    Entrypoint: entrypoint,
    Cmd: cmd,
    WorkingDir: workingDir ?? '/',
    Labels: labels,
  };
  return {
    apiVersion: `${IMAGE_GROUP}/v1`,
    kind: 'Image',
    metadata: { name: digest },
    dockerImageReference: reference,
    ...describeImage(JSON.stringify({ config: { digest } }), JSON.stringify({ os: 'linux', config })),
  };
}
