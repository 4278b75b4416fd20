import type { StartingImage } from '../artifacts/images/starting-images.ts';
import type { Facts } from '../transport/facts.ts';
import { definePhase } from './define-phase.ts';

export const loadImages = definePhase({
  name: 'load-images',
  title: 'Load the starting images',

  async isDone(_host, { facts, images }) {
    return missing(facts, await images()).length === 0;
  },

  async apply(host, { facts, images }) {
    for (const image of missing(facts, await images())) {
      await host.change(`load image ${image.reference}`, async (agent) => {
        const path = await host.send({ source: image.path, sha256: image.sha256, size: image.size });
        await agent.call('docker.load', { path, sha256: image.sha256, reference: image.reference, id: image.id });
      });
    }
  },
});

function missing(facts: Facts, images: readonly StartingImage[]): StartingImage[] {
  return images.filter((image) => facts.docker.images.get(image.reference) !== image.id);
}
