import { OoError } from '../../common/errors.ts';
import { partialArchive } from '../artifacts/images/partial-archive.ts';
import type { StartingImage } from '../artifacts/images/starting-images.ts';
import type { Facts } from '../transport/facts.ts';
import type { AgentChanges, Host } from '../transport/host.ts';
import type { FileToSend } from '../transport/transport.ts';
import { definePhase } from './define-phase.ts';

export const loadImages = definePhase({
  name: 'load-images',
  title: 'Load the starting images',

  async isDone(_host, { facts, images }) {
    return missing(facts, await images()).length === 0;
  },

  async apply(host, { facts, images }) {
    const wanted = missing(facts, await images());
    const present = await layersOf(host, wanted);
    for (const image of wanted) {
      await load(host, image, present ?? new Set());
      // The next image may stand on the same layers.
      for (const { chainId } of image.layers) present?.add(chainId);
    }
  },
});

/** The layers that the server has, or undefined where its store does not skip those that it has. */
async function layersOf(host: Host, images: readonly StartingImage[]): Promise<Set<string> | undefined> {
  if (host.dryRun) return undefined;
  const { skips, chains } = await host.agent.call('docker.layers', { references: images.map(({ reference }) => reference) });
  return skips ? new Set(chains) : undefined;
}

async function load(host: Host, image: StartingImage, present: ReadonlySet<string>): Promise<void> {
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
}

async function send(host: Host, agent: AgentChanges, { reference, id }: StartingImage, archive: FileToSend): Promise<void> {
  const path = await host.send(archive);
  await agent.call('docker.load', { path, sha256: archive.sha256, reference, id });
}

function missing(facts: Facts, images: readonly StartingImage[]): StartingImage[] {
  return images.filter((image) => facts.docker.images.get(image.reference) !== image.id);
}
