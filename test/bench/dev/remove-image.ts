import { runCommand } from '../../support/run-command.ts';

/** The id of an image, which stays behind without a name when another one gets it. */
export const imageId = async (name: string): Promise<string> =>
  (await runCommand(['docker', 'images', '--quiet', '--no-trunc', name])).stdout.trim();

/** Takes images away, by their names or ids; those that are gone are no error. */
export const removeImages = async (...images: readonly string[]): Promise<void> =>
  void (await runCommand(['docker', 'rmi', '-f', ...images.filter((image) => image !== '')], { anyCode: true }));
