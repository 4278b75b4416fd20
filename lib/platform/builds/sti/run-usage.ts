import { BuildError } from '../engine/build-error.ts';
import { runToEnd, withContainer } from '../engine/containers.ts';
import { builderFacts, scriptsFolder } from '../engine/sti/builder-labels.ts';
import type { BuildFlags } from './build-flags.ts';
import { runtimeAt, surroundings } from './docker-surroundings.ts';
import { ownImages } from './own-images.ts';
import type { StiHost } from './sti-host.ts';

/** Runs the usage script of a builder image, without a network. Rejects with a BuildError. */
export async function runUsage(builder: string, flags: BuildFlags, host: StiHost): Promise<void> {
  const runtime = runtimeAt(flags.url);
  const image = await ownImages(runtime, flags.pullPolicy)(
    { reference: builder, forcePull: false },
    host.writeError,
    host.signal,
  );
  const folder = scriptsFolder(builderFacts(image).scriptsUrl);
  if (folder === undefined) throw new BuildError('GenericBuildFailed', `image ${builder} is no builder image`);
  const around = surroundings(runtime, { ...flags, network: 'none' });
  const config = { image: image.id, entrypoint: [`${folder}/usage`], command: [], env: [], stdin: false };
  await withContainer(around, config, host.signal, async (id) => {
    const { exitCode } = await runToEnd(runtime, id, (text) => host.write(`${text}\n`));
    if (exitCode !== 0) throw new BuildError('GenericBuildFailed', `the usage script failed with exit code ${exitCode}`);
  });
}
