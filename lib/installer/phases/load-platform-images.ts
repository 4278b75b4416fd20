import { OoError } from '../../common/errors.ts';
import type { Host } from '../transport/host.ts';
import type { InstallContext, PlatformImage } from './context.ts';
import { definePhase } from './define-phase.ts';
import { layersOn, loadImage } from './load-image.ts';

/** Of a machine that cannot make images, whatever its network is. */
const cannotBuild: readonly string[] = ['OPERATOR_WITHOUT_APT', 'KEYRING_MISSING'];

/**
 * Brings the registry, the router and what applications are built with. The daemon starts meanwhile, and runs each part once its image is
 * there. They are built while the phases before this one are at work; what is not ready is waited for here, one after the other.
 */
export const loadPlatformImages = definePhase({
  name: 'load-platform-images',
  title: "Load the platform's own images",

  select: async ({ platformImages }) => (await platformImages()).images.length > 0,

  async isDone(host, { facts, platformImages }) {
    const { images } = await platformImages();
    const there = facts.docker.images;
    if (images.some(({ reference }) => !there.has(reference))) return false;
    // Which ones are current is known once they are built, and a dry run builds nothing.
    if (host.dryRun) return true;
    const found = await Promise.all(images.map(async ({ image, reference }) => there.get(reference) === (await image).id));
    return found.every(Boolean);
  },

  async apply(host, context) {
    const { images } = await context.platformImages();
    if (host.dryRun) return tellPlan(host, images, context);
    const references = images.map(({ reference }) => reference);
    const [{ ids }, present] = await Promise.all([host.agent.call('docker.images', { references }), layersOn(host, images)]);
    for (const wanted of images) {
      const image = await whenBuilt(host, wanted, context);
      if (image === undefined) return;
      if (ids[image.reference] === image.id) continue;
      await loadImage(host, image, present);
      // The parts that run of them are waited for with everything else.
      context.changed.images = true;
    }
  },
});

async function tellPlan(host: Host, images: readonly PlatformImage[], { facts }: InstallContext): Promise<void> {
  for (const { reference } of images)
    if (!facts.docker.images.has(reference)) await host.change(`load image ${reference}`, async () => undefined);
}

/** Undefined where this machine can build none of them and nobody has asked for any: the platform does without, and says so. */
async function whenBuilt(host: Host, { name, image }: PlatformImage, { platformImages }: InstallContext) {
  const waiting = setTimeout(() => host.progress(`${name} is still being put together here`), 500);
  try {
    return await image;
  } catch (error) {
    const { isDefault } = await platformImages();
    if (!isDefault || !(error instanceof OoError) || !cannotBuild.includes(error.code)) throw error;
    host.warn(
      `there will be no builds and no routes: ${error.message}; install once with --bundle from a machine that has it, or say --images none`,
    );
    return undefined;
  } finally {
    clearTimeout(waiting);
  }
}
