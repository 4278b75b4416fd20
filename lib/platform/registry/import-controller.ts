import type { ImageStream, ImageStreamImport, TagReference } from '../api/image/image-types.ts';
import { REPOSITORY_CHECK } from '../api/image/image-stream-import.ts';
import { isBeyondStreamLimits } from '../api/image/image-limits.ts';
import { historyOf, latestEvent } from '../api/image/tag-history.ts';
import { errorText } from '../../common/errors.ts';
import type { Clock } from '../../common/clock.ts';
import { isForbiddenByTermination } from '../controllers/api-errors.ts';
import { type ControllerDefinition, defineController } from '../controllers/define-controller.ts';
import { IMAGE_STREAMS } from '../controllers/resources.ts';

/** How often scheduled tags are looked for (OpenShift: scheduledImageImportMinimumIntervalSeconds). */
const SCHEDULE = 15 * 60_000;
const MOST_AT_ONCE = 50;

/**
 * Imports tags that are from registries elsewhere when somebody has asked for them (a new generation), and scheduled ones from time to time.
 * What has failed says so in the tag's conditions and is not tried again until somebody asks, or its time comes.
 */
export function importController(clock: Clock): ControllerDefinition {
  /** When each scheduled tag was looked for, by stream. After a start all of them are. */
  const looked = new Map<string, number>();
  return defineController({
    name: 'image-import-controller',
    for: IMAGE_STREAMS,
    concurrency: 2,
    async reconcile(key, { lister, client, recorder }) {
      const stream = lister<ImageStream>(IMAGE_STREAMS).byKey(key);
      if (stream === undefined || stream.metadata.deletionTimestamp !== undefined) {
        looked.delete(key);
        return;
      }
      const fromElsewhere = (stream.spec.tags ?? []).filter(
        ({ from, reference }) => from?.kind === 'DockerImage' && reference !== true,
      );
      const isScheduled = fromElsewhere.some(({ importPolicy }) => importPolicy?.scheduled === true);
      const wait = (looked.get(key) ?? -Infinity) + SCHEDULE - clock.now();
      const isTime = isScheduled && wait <= 0;
      const tags = fromElsewhere
        .filter((tag) => isAskedFor(stream, tag) || (isTime && tag.importPolicy?.scheduled === true))
        .slice(0, MOST_AT_ONCE);
      const repository = stream.spec.dockerImageRepository ?? '';
      const whole = repository !== '' && stream.metadata.annotations?.[REPOSITORY_CHECK] === undefined;
      if (isTime) looked.set(key, clock.now());
      if (tags.length > 0 || whole) {
        try {
          await client.create(
            { group: 'image.openshift.io', version: 'v1', resource: 'imagestreamimports', namespace: stream.metadata.namespace! },
            importOf(stream, tags, whole),
          );
        } catch (error) {
          if (isBeyondStreamLimits(error)) recorder.event(stream, 'Warning', 'ImageStreamLimitExceeded', errorText(error));
          else if (!isForbiddenByTermination(error)) throw error;
        }
      }
      return isScheduled ? { requeueAfter: isTime ? SCHEDULE : Math.max(1000, wait) } : undefined;
    },
  });
}

/** Neither what it is nor why it is not is as new as the wish. */
function isAskedFor(stream: ImageStream, tag: TagReference): boolean {
  const generation = tag.generation ?? 0;
  const condition = historyOf(stream, tag.name)?.conditions?.find(({ type }) => type === 'ImportSuccess');
  return (latestEvent(stream, tag.name)?.generation ?? -1) < generation && (condition?.generation ?? -1) < generation;
}

const importOf = ({ metadata, spec }: ImageStream, tags: readonly TagReference[], whole: boolean): ImageStreamImport => ({
  apiVersion: 'image.openshift.io/v1',
  kind: 'ImageStreamImport',
  metadata: { name: metadata.name!, namespace: metadata.namespace! },
  spec: {
    import: true,
    ...(whole ? { repository: { from: { kind: 'DockerImage', name: spec.dockerImageRepository! } } } : {}),
    images: tags.map(({ name, from, importPolicy, referencePolicy }) => ({
      from: { kind: 'DockerImage', name: from!.name! },
      to: { name },
      ...(importPolicy === undefined ? {} : { importPolicy }),
      ...(referencePolicy === undefined ? {} : { referencePolicy }),
    })),
  },
  status: {},
});
