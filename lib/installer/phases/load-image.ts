import { OoError } from '../../common/errors.ts';
import type { LoadableImage } from '../artifacts/images/build-image.ts';
import { partialArchive } from '../artifacts/images/partial-archive.ts';
import type { AgentChanges, Host } from '../transport/host.ts';
import type { FileToSend } from '../transport/transport.ts';

/** The layers that the server has, or undefined where its store does not skip those that it has. */
export async function layersOn(host: Host, images: readonly { readonly reference: string }[]): Promise<Set<string> | undefined> {
  if (host.dryRun) return undefined;
  const { skips, chains } = await host.agent.call('docker.layers', { references: images.map(({ reference }) => reference) });
  return skips ? new Set(chains) : undefined;
}

/** Has a server load an image, of which it is sent only the layers that are not `present`; afterwards they are. */
export async function loadImage(host: Host, image: LoadableImage, present: Set<string> = new Set()): Promise<void> {
  const { reference, layers } = image;
  const sent = layers.filter(({ chainId }) => !present.has(chainId)).length;
  const which = sent === layers.length ? '' : ` (${sent} of ${layers.length} layers)`;
  await host.change(`load image ${reference}${which}`, async (agent) => {
    try {
      await send(host, agent, image, await partialArchive(image, present));
    } catch (error) {
      if (which === '' || !(error instanceof OoError) || error.failure !== 'docker') throw error;
      // A layer that it had when it was asked has gone since, or its store is of a kind that we do not know.
      await send(host, agent, image, { source: image.path, sha256: image.sha256, size: image.size });
    }
  });
  // The next image may stand on the same layers.
  for (const { chainId } of layers) present.add(chainId);
}

async function send(host: Host, agent: AgentChanges, { reference, id }: LoadableImage, archive: FileToSend): Promise<void> {
  const path = await host.send(archive);
  await agent.call('docker.load', { path, sha256: archive.sha256, reference, id });
}
