import type { ImageRecipeConfig } from '../../common/image-recipe-config.ts';
import { copiedIdOf } from '../api/image/copied-image.ts';
import { IMAGE_GROUP, type Image, type ImageStream, type TagReference } from '../api/image/image-types.ts';
import { REGISTRY_SERVICE } from '../api/image/internal-registry.ts';
import { latestEvent } from '../api/image/tag-history.ts';
import { BUILDER_IMAGE } from '../builds/contract.ts';
import type { KubeObject } from '../api/meta.ts';
import { isAlreadyExists, unlessGone } from './api-errors.ts';
import { builderConfig, BUILDERS, imageOf, imageOn, tagsOf } from './builder-streams/builder-image.ts';
import { NAMESPACE, pushToRegistry } from './builder-streams/registry-build.ts';
import { type ControllerDefinition, defineController, type ReconcileContext, type ReconcileResult } from './define-controller.ts';
import { hasImage } from './ensure-object.ts';
import { BUILDS, IMAGE_STREAMS, IMAGES, NODES, refTo, SERVICES } from './resources.ts';

/** OpenShift's mark of streams that come with the cluster (cluster-samples-operator); without it a stream is somebody else's. */
const MANAGED = { 'samples.operator.openshift.io/managed': 'true' };

/** Which builder images the platform's registry is to have. */
export interface BuilderStreamsOptions {
  /** The registry's own image: where no node has it, there is no registry. */
  readonly registryImage: string;
  readonly names: readonly string[];
  /** ms without anybody's build before one is brought there. @default 15 s */
  readonly quiet?: number;
}

/**
 * Makes a stream in the project `openshift` of each builder image that a node has: what `oc new-app`, `openshift app create` and everybody's builds
 * find by name. Its tags are the image's version and `latest`; another image under that name makes whoever follows them build anew. A stream
 * stays when the image goes.
 *
 * The tags name the image by its id, on its node. Where there is a registry, a build of that project then brings the image there, and the tags are what was
 * pushed: whatever is built from it finds its layers in the registry. Who follows them has seen that image, and does nothing.
 */
export const builderStreamsController = (options?: BuilderStreamsOptions): ControllerDefinition =>
  defineController({
    name: 'builder-streams-controller',
    seeds: BUILDERS,
    watches: [
      {
        of: NODES,
        map: () => BUILDERS,
        changed: (node, old) =>
          BUILDERS.some((name) => imageOn(node, name) !== imageOn(old, name)) ||
          hasAll(node, partsOf(options)) !== hasAll(old, partsOf(options)),
      },
      {
        of: IMAGE_STREAMS,
        map: ({ metadata: { namespace, name } }) => (namespace === NAMESPACE && isBuilder(name) ? [name!] : []),
      },
      {
        of: SERVICES,
        map: ({ metadata: { namespace, name } }) =>
          namespace === REGISTRY_SERVICE.namespace && name === REGISTRY_SERVICE.name ? BUILDERS : [],
      },
      // The end of one is the beginning of the next.
      { of: BUILDS, map: () => BUILDERS, changed: (build, old) => build['status']?.phase !== old['status']?.phase },
    ],
    async reconcile(name, context): Promise<ReconcileResult | void> {
      const { client, lister } = context;
      const nodes = lister(NODES).list();
      const image = nodes.map((node) => imageOn(node, name)).find((reference) => reference !== undefined);
      if (image === undefined) return;
      const config = await builderConfig(name);
      const tags = tagsOf(name, config);
      const stream = await ensureStream(context, name, tags, config);
      if (stream === undefined) return;
      const tag = tags[0]!.name;
      const latest = latestEvent(stream, tag);
      const id = image.slice(image.indexOf('@') + 1);
      const pushed =
        latest?.image === undefined ? undefined : await unlessGone(client.get<Image>({ ...IMAGES, name: latest.image }));
      const isPushed = pushed !== undefined && copiedIdOf(pushed) === id;
      const isKept =
        options?.names.includes(name) === true && partsOf(options).every((part) => nodes.some((node) => hasImage(node, part)));
      // Nobody waits until it is in the registry.
      if (latest?.dockerImageReference !== image && !(isKept && isPushed))
        await client.create(
          { group: IMAGE_GROUP, version: 'v1', resource: 'imagestreammappings', namespace: NAMESPACE },
          {
            apiVersion: `${IMAGE_GROUP}/v1`,
            kind: 'ImageStreamMapping',
            metadata: { name, namespace: NAMESPACE },
            image: imageOf(image, config),
            tag,
          },
        );
      return isKept ? pushToRegistry(context, { name, tag, image, isPushed }, options?.quiet) : undefined;
    },
  });

const isBuilder = (name: string | undefined): boolean => (BUILDERS as readonly (string | undefined)[]).includes(name);

/** What it takes to bring an image into the registry: the registry, and a builder. */
const partsOf = (options: BuilderStreamsOptions | undefined): string[] =>
  options === undefined ? [] : [options.registryImage, `${BUILDER_IMAGE}:latest`];

const hasAll = (node: KubeObject, images: readonly string[]): boolean => images.every((image) => hasImage(node, image));

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
