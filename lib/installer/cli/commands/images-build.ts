import type { LoadableImage } from '../../artifacts/images/build-image.ts';
import { platformImageNames } from '../../artifacts/images/platform-image-names.ts';
import { defineCommand } from '../define-command.ts';

interface Flags {
  readonly update: boolean;
}

export const imagesBuildCommand = defineCommand<Flags>({
  name: 'images build',
  summary: "build the platform's own images, and load them into this machine's Docker",
  examples: [
    ['oo-install images build', 'all of them; what was built before is only loaded'],
    ['oo-install images build router --update', "with today's packages"],
  ],
  arguments: [
    {
      name: '[names...]',
      description: `of ${platformImageNames.join(', ')}; all when none is named`,
      choices: platformImageNames,
    },
  ],
  options: [{ flags: '--update', description: 'ask for the newest packages, and build anew what has some' }],
  run: async ({ args, flags, write }) => {
    const { ownCacheDir } = await import('../../artifacts/cache.ts');
    const { loadHere } = await import('../../artifacts/images/load-here.ts');
    const { buildPlatformImages } = await import('../../artifacts/images/platform-images.ts');
    const images = new Map<string, LoadableImage>();
    await buildPlatformImages(args.length > 0 ? args : platformImageNames, {
      cacheDir: ownCacheDir(),
      fresh: flags.update,
      built: (name, image) => void images.set(name, image),
    });
    for (const [name, image] of images) {
      const loaded = await loadHere(image);
      const packages = image.packages?.flat() ?? [];
      if (flags.json) write(`${JSON.stringify({ name, loaded, ...image })}\n`);
      else {
        const done = loaded ? 'loaded' : 'is there already';
        write(`${image.reference} ${done}: ${(image.size / 1e6).toFixed(1)} MB, ${packages.length} packages\n`);
      }
    }
  },
});
