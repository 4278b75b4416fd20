import { errorText } from '../../../common/errors.ts';
import { BuildError } from '../../builds/engine/build-error.ts';
import type { BuildEngine } from '../../builds/engine/build-engine.ts';
import type { ImageRuntime } from '../../runtime/image-runtime.ts';
import { isPlatformImage, registryOf, splitReference } from '../../runtime/image-reference.ts';
import type { ConfigSource } from '../kubelet/containers/environment.ts';
import type { ClusterRegistry } from '../kubelet/images/cluster-registry.ts';
import type { BlobPlaces } from './blob-places.ts';
import { loginsOf } from './build-images.ts';
import type { BuildJournal } from './build-journal.ts';
import type { BuildScope } from './build-scope.ts';
import { openPushRelay } from './push-relay.ts';

interface Options {
  readonly images: ImageRuntime;
  readonly source: ConfigSource;
  readonly registry: ClusterRegistry;
  readonly places: BlobPlaces;
  /** References of the images that the build is from. */
  readonly bases: ReadonlySet<string>;
}

/** Pushes what a build has made to the build's output, with its own login. */
export function buildDelivery(
  { images, source, registry, places, bases }: Options,
  scope: BuildScope,
  journal: BuildJournal,
): BuildEngine['deliver'] {
  return async (image, log, signal) => {
    const { namespace, pushSecret } = scope;
    const output = scope.output === undefined ? undefined : registry.resolve(scope.output);
    if (output === undefined) throw new BuildError('PushImageToRegistryFailed', 'the build has no output');
    try {
      const [login] = await loginsOf(source, scope, [pushSecret], output);
      await using relay = await openPushRelay({
        output,
        login,
        namespace,
        places,
        bases: repositoriesOf(bases, output, registry),
      });
      await journal.note(relay.name);
      await images.tag(image, relay.name);
      return { digest: await images.push(relay.name, undefined, log, signal) };
    } catch (cause) {
      const why = errorText(cause).replaceAll(/127\.0\.0\.1:\d+\/[0-9a-f]{40}/g, output.replace(/:[^:/]+$/, ''));
      throw new BuildError('PushImageToRegistryFailed', `failed to push image ${output}: ${why}`);
    }
  };
}

/** Those of the images that are in the output's registry, the last one first: layers that they have need not be sent. */
function repositoriesOf(bases: Iterable<string>, output: string, registry: ClusterRegistry): string[] {
  const host = registryOf(output);
  return [...bases].reverse().flatMap((reference) => {
    const { name } = splitReference(reference);
    // What came with the platform is in its registry under the same name (controllers/builder-streams).
    if (isPlatformImage(reference)) return registry.isProjects(output) ? [name] : [];
    return registryOf(reference) === host ? [name.slice(host.length + 1)] : [];
  });
}

/** Whether the output is in the build's own project: what is there, only the project has had a say in. */
export function isOwnOutput({ output, namespace }: BuildScope, registry: ClusterRegistry): boolean {
  if (output === undefined) return false;
  const reference = registry.resolve(output);
  return registry.isProjects(reference) && splitReference(reference).name.split('/')[1] === namespace;
}
