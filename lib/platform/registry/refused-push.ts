import { errorText } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import { isBeyondImageLimits } from '../api/image/image-limits.ts';
import { type Image, IMAGE_GROUP, type ImageStream } from '../api/image/image-types.ts';
import { parsePullSpec } from '../api/image/pull-spec.ts';
import { STREAMS } from '../api/image/stream-writes.ts';
import { latestEvent } from '../api/image/tag-history.ts';
import type { Client } from '../client/client.ts';
import type { EventRecorder } from '../client/event-recorder.ts';
import { unlessGone } from '../controllers/api-errors.ts';
import { IMAGES } from '../controllers/resources.ts';
import type { RegistryConnection } from './registry-connection.ts';
import { projectAndStream } from './scopes.ts';
import { type Pushed, repositoriesOf } from './take-in.ts';

export interface RefusedPushOptions {
  /** As the registry (role system:openshift:registry). */
  readonly client: Client;
  readonly connection: Pick<RegistryConnection, 'forget' | 'tag'>;
  readonly recorder: EventRecorder;
  readonly log: Log;
}

/**
 * Takes a push back whose image a limit range has refused: the registry, which has answered its client already, forgets the image, the tag is there what it
 * is in the stream, and an event of the stream says why. Changes nothing for other errors. Never throws: the search for lost pushes comes by once more.
 */
export async function takeBack(
  { client, connection, recorder, log }: RefusedPushOptions,
  pushed: Pushed,
  error: unknown,
): Promise<void> {
  const { repository, tag, digest } = pushed;
  const of = projectAndStream(repository);
  if (of === undefined || !isBeyondImageLimits(error)) return;
  try {
    const stream = await unlessGone(client.get<ImageStream>({ ...STREAMS, ...of }));
    const known = await unlessGone(client.get<Image>({ ...IMAGES, name: digest }));
    // Under another tag it may have come before there was a limit.
    const taken = known !== undefined && repositoriesOf(known).includes(repository);
    if (!taken) await connection.forget(repository, digest);
    const before = stream && latestEvent(stream, tag);
    if (before !== undefined && before.image !== digest && parsePullSpec(before.dockerImageReference)?.repository === repository)
      await connection.tag(repository, tag, before.image);
    const about = stream ?? { apiVersion: `${IMAGE_GROUP}/v1`, kind: 'ImageStream', metadata: of };
    recorder.event(about, 'Warning', 'PushRefused', `${of.name}:${tag} (${digest}): ${errorText(error)}`);
  } catch (failed) {
    log.warn({ ...pushed, error: errorText(failed) }, 'a push that is beyond a limit could not be taken back');
  }
}
