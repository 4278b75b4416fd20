import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { assetPath } from '../../common/assets.ts';
import { type ImageRecipeConfig, imageRecipeConfig } from '../../common/image-recipe-config.ts';
import { describeImage } from '../api/image/image-metadata.ts';
import { type Image, IMAGE_GROUP, type ImageStream, type TagReference } from '../api/image/image-types.ts';
import { latestEvent } from '../api/image/tag-history.ts';
import type { KubeObject } from '../api/meta.ts';
import { isAlreadyExists, unlessGone } from './api-errors.ts';
import { type ControllerDefinition, defineController, type ReconcileContext } from './define-controller.ts';
import { IMAGE_STREAMS, NODES, refTo } from './resources.ts';

/** The images that applications are built with (assets/images/NAME.json), each a stream of its name. */
const BUILDERS = ['nodejs', 'php', 'python', 'static'];
const NAMESPACE = 'openshift';
/** OpenShift's mark of streams that come with the cluster (cluster-samples-operator); without it a stream is somebody else's. */
const MANAGED = { 'samples.operator.openshift.io/managed': 'true' };

/** What an image's recipe says of it. */
const recipe = z.object({ config: imageRecipeConfig });

/**
 * Makes a stream in the project `openshift` of each builder image that a node has: what `oc new-app`, `openshift app create` and everybody's builds
 * find by name. Its tags are the image's version and `latest`; another image under that name makes whoever follows them build anew. A stream
 * stays when the image goes.
 */
export const builderStreamsController = (): ControllerDefinition =>
  defineController({
    name: 'builder-streams-controller',
    seeds: BUILDERS,
    watches: [
      {
        of: NODES,
        map: () => BUILDERS,
        changed: (node, old) => BUILDERS.some((name) => imageOn(node, name) !== imageOn(old, name)),
      },
      {
        of: IMAGE_STREAMS,
        map: ({ metadata: { namespace, name } }) => (namespace === NAMESPACE && BUILDERS.includes(name!) ? [name!] : []),
      },
    ],
    async reconcile(name, context) {
      const image = context
        .lister(NODES)
        .list()
        .map((node) => imageOn(node, name))
        .find((reference) => reference !== undefined);
      if (image === undefined) return;
      const { config } = recipe.parse(JSON.parse(await readFile(assetPath('images', `${name}.json`), 'utf8')));
      const tags = tagsOf(name, config);
      const stream = await ensureStream(context, name, tags, config);
      if (stream === undefined || latestEvent(stream, tags[0]!.name)?.dockerImageReference === image) return;
      await context.client.create(
        { group: IMAGE_GROUP, version: 'v1', resource: 'imagestreammappings', namespace: NAMESPACE },
        {
          apiVersion: `${IMAGE_GROUP}/v1`,
          kind: 'ImageStreamMapping',
          metadata: { name, namespace: NAMESPACE },
          image: imageOf(image, config),
          tag: tags[0]!.name,
        },
      );
    },
  });

/** `openshift/NAME@sha256:ID` as the node tells it (node/kubelet/node-status). */
function imageOn(node: KubeObject, name: string): string | undefined {
  const images = ((node['status'] as { images?: { names?: string[] }[] } | undefined)?.images ?? []).flatMap(
    ({ names = [] }) => names,
  );
  return images.find((reference) => reference.startsWith(`openshift/${name}@sha256:`));
}

/** The version in the image's name for people, `Node.js 20`; then `latest`, which follows it. An image without versions has the latter alone. */
function tagsOf(name: string, { labels }: ImageRecipeConfig): TagReference[] {
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

/** The stream, with its tags as they should be; undefined: the name is somebody else's. */
async function ensureStream(
  { client, lister }: ReconcileContext,
  name: string,
  tags: readonly TagReference[],
  { labels }: ImageRecipeConfig,
): Promise<ImageStream | undefined> {
  const found = lister<ImageStream>(IMAGE_STREAMS).get(NAMESPACE, name);
  if (found === undefined) {
    const display = (labels['io.k8s.display-name'] ?? name).replace(/ [\d.]+$/, '');
    const made: KubeObject = {
      apiVersion: `${IMAGE_GROUP}/v1`,
      kind: 'ImageStream',
      metadata: { name, namespace: NAMESPACE, labels: MANAGED, annotations: { 'openshift.io/display-name': display } },
      spec: { tags },
    };
    try {
      return await client.create<ImageStream>({ ...IMAGE_STREAMS, namespace: NAMESPACE }, made);
    } catch (error) {
      // The cache is behind: its event brings the next look.
      if (!isAlreadyExists(error)) throw error;
      return undefined;
    }
  }
  const isOurs = Object.entries(MANAGED).every(([key, value]) => found.metadata.labels?.[key] === value);
  if (!isOurs || found.metadata.deletionTimestamp !== undefined) return undefined;
  const missing = tags.filter((tag) => !(found.spec.tags ?? []).some((known) => known.name === tag.name));
  if (missing.length === 0) return found;
  const next = { ...found, spec: { ...found.spec, tags: [...(found.spec.tags ?? []), ...missing] } };
  return unlessGone(client.update<ImageStream>(refTo(IMAGE_STREAMS, found), next));
}

/** What clients are told of it: `oc new-app` goes by its ports and labels. */
function imageOf(reference: string, { entrypoint, cmd, user, env, workingDir, exposedPorts, labels }: ImageRecipeConfig): Image {
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
