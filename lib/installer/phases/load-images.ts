import type { StartingImage } from '../artifacts/images/starting-images.ts';
import type { Facts } from '../transport/facts.ts';
import { definePhase } from './define-phase.ts';
import { layersOn, loadImage } from './load-image.ts';

export const loadImages = definePhase({
  name: 'load-images',
  title: 'Load the starting images',

  async isDone(_host, { facts, images }) {
    return missing(facts, await images()).length === 0;
  },

  async apply(host, { facts, images }) {
    const wanted = missing(facts, await images());
    const present = await layersOn(host, wanted);
    for (const image of wanted) {
      await loadImage(host, image, present);
    }
  },
});

function missing(facts: Facts, images: readonly StartingImage[]): StartingImage[] {
  return images.filter((image) => facts.docker.images.get(image.reference) !== image.id);
}
