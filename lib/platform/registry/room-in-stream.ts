import { isFull, limitRangesOf } from '../api/image/image-limits.ts';
import type { ImageStream } from '../api/image/image-types.ts';
import { createStream, STREAMS } from '../api/image/stream-writes.ts';
import { isNotFound, isReason, StatusError } from '../api/status-error.ts';
import type { Client } from '../client/client.ts';

/**
 * Why nothing new that is pushed could become a tag of a stream, so that it need not be sent: the stream is full, or a quota lets it not be made. undefined:
 * it could.
 */
export async function withoutRoom(
  client: Client,
  of: { readonly namespace: string; readonly name: string },
): Promise<string | undefined> {
  const { namespace, name } = of;
  try {
    const stream = await client.get<ImageStream>({ ...STREAMS, ...of });
    return isFull(await limitRangesOf(client, namespace), stream) ? `image stream ${namespace}/${name} is full` : undefined;
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  try {
    await createStream(client, of, { dryRun: true });
    return undefined;
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    // Whatever else is wrong with the name the registry says, or the push ends as it did before.
    return isReason(error, 'Forbidden') ? error.message : undefined;
  }
}
