import { errorText } from '../../common/errors.ts';
import { PAUSED } from '../api/build/generate-build.ts';
import type { BuildConfig, BuildRequest, ImageReference } from '../api/build/build-types.ts';
import { parseStreamTag } from '../api/build/image-reference-validation.ts';
import { fromOf } from '../api/build/strategy-from.ts';
import { copiedIdOf } from '../api/image/copied-image.ts';
import type { Image } from '../api/image/image-types.ts';
import type { KubeObject } from '../api/meta.ts';
import type { Client } from '../client/client.ts';
import { isConflict, isForbiddenByTermination, isNotFound, unlessGone } from './api-errors.ts';
import { type ControllerDefinition, defineController, type ReconcileContext } from './define-controller.ts';
import { BUILD_CONFIGS, IMAGE_STREAMS, IMAGES, refTo } from './resources.ts';

interface ImageStream extends KubeObject {
  status?: { tags?: { tag: string; items?: { dockerImageReference?: string }[] }[] };
}

/** Starts a build of each config whose image has changed (openshift-controller-manager, image/trigger for build configs). */
export const buildImageController = (): ControllerDefinition =>
  defineController({
    name: 'build-image-change-controller',
    component: 'buildconfig-controller',
    for: BUILD_CONFIGS,
    watches: [
      {
        of: IMAGE_STREAMS,
        map: (stream, { lister }) =>
          (lister(BUILD_CONFIGS).list() as BuildConfig[])
            .filter((config) =>
              followed(config).some(
                ({ stream: name, namespace }) => name === stream.metadata.name && namespace === stream.metadata.namespace,
              ),
            )
            .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`),
      },
    ],
    concurrency: 2,
    reconcile,
  });

interface Followed {
  readonly from: ImageReference;
  readonly namespace: string;
  readonly stream: string;
  readonly tag: string;
  readonly last: string | undefined;
}

/** The tags that a config wants to be built for. */
function followed({ metadata, spec }: BuildConfig): Followed[] {
  return (spec.triggers ?? []).flatMap(({ type, imageChange }) => {
    const from = imageChange?.from ?? fromOf(spec.strategy);
    if (type !== 'ImageChange' || imageChange?.paused === true || from?.kind !== 'ImageStreamTag') return [];
    const parsed = parseStreamTag(from.name);
    const namespace = from.namespace || metadata.namespace!;
    return parsed === undefined ? [] : [{ from, namespace, ...parsed, last: imageChange?.lastTriggeredImageID }];
  });
}

async function reconcile(key: string, { lister, client, recorder }: ReconcileContext): Promise<void> {
  const config = lister<BuildConfig>(BUILD_CONFIGS).byKey(key);
  if (config === undefined || config.metadata.deletionTimestamp !== undefined) return;
  if (config.metadata.annotations?.[PAUSED]?.toLowerCase() === 'true') return;
  for (const { from, namespace, stream, tag, last } of followed(config)) {
    const tags = lister<ImageStream>(IMAGE_STREAMS).get(namespace, stream)?.status?.tags ?? [];
    const image = tags.find((each) => each.tag === tag)?.items?.[0]?.dockerImageReference;
    if (image === undefined || image === '' || (await sameImage(image, last, client))) continue;
    const { metadata, status } = config;
    const request: BuildRequest = {
      apiVersion: 'build.openshift.io/v1',
      kind: 'BuildRequest',
      metadata: { name: metadata.name!, namespace: metadata.namespace! },
      // What the cache has not shown yet may have been started for this image already.
      lastVersion: status?.lastVersion ?? 0,
      from: { ...from, namespace },
      triggeredByImage: { kind: 'DockerImage', name: image },
      triggeredBy: [{ message: 'Image change', imageChangeBuild: { imageID: image, fromRef: from } }],
    };
    try {
      await client.create(refTo(BUILD_CONFIGS, config, 'instantiate'), request);
    } catch (error) {
      if (isConflict(error) || isNotFound(error) || isForbiddenByTermination(error)) return;
      const message = `error instantiating Build from BuildConfig ${key} (${status?.lastVersion ?? 0}): ${errorText(error)}`;
      recorder.event(config, 'Warning', 'BuildConfigInstantiateFailed', message);
      throw error;
    }
    // The build has seen all tags; what else has changed comes with the config's new version.
    return;
  }
}

/** The same image may be known by the platform's registry and by where it came from, also where it got another digest there. */
async function sameImage(image: string, last: string | undefined, client: Client): Promise<boolean> {
  const [digest, seen] = [digestOf(image), digestOf(last)];
  if (image === last || (digest !== '' && digest === seen)) return true;
  if (digest === '' || seen === '' || !isPlatformReference(last)) return false;
  const known = await unlessGone(client.get<Image>({ ...IMAGES, name: digest }));
  return known !== undefined && copiedIdOf(known) === seen;
}

const digestOf = (reference = ''): string => reference.split('@')[1] ?? '';

/** `openshift/NAME@sha256:ID`: nobody's image has such a name but those of a node. */
const isPlatformReference = (reference = ''): boolean => reference.startsWith('openshift/');
