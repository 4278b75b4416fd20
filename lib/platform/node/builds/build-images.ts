import type { ImageWish, LineSink } from '../../builds/engine/build-engine.ts';
import type { ConfigSource } from '../kubelet/containers/environment.ts';
import { loginsFor, parsePullSecret, type RegistryLogin } from '../kubelet/images/pull-secrets.ts';
import type { ClusterRegistry } from '../kubelet/images/cluster-registry.ts';
import { confirmPull } from '../kubelet/images/confirm-pull.ts';
import type { ImageLedger } from '../kubelet/images/image-ledger.ts';
import { isPlatformImage, referenceProblem } from '../../runtime/image-reference.ts';
import type { ImageConfig, ImageRuntime } from '../../runtime/image-runtime.ts';
import type { Clock } from '../../../common/clock.ts';
import type { BuildScope } from './build-scope.ts';

interface Options {
  readonly runtime: ImageRuntime;
  readonly source: ConfigSource;
  readonly ledger: ImageLedger;
  readonly registry: ClusterRegistry;
  readonly clock: Clock;
  /** Gets the reference of each image that the build may have. */
  readonly brought: (reference: string) => void;
}

/** Secrets of a build's logins; those that are gone open nothing. */
export async function loginsOf(
  source: ConfigSource,
  { namespace }: BuildScope,
  names: readonly (string | undefined)[],
  reference: string,
): Promise<RegistryLogin[]> {
  const wanted = names.filter((name) => name !== undefined);
  const secrets = await Promise.all(wanted.map((name) => source.secret(namespace, name).catch(() => undefined)));
  return loginsFor(reference, secrets.filter((data) => data !== undefined).map(parsePullSecret));
}

/**
 * Brings an image with the logins of one build. That it lies here already counts for nothing: its registry is asked each time, with what this project
 * may, since others may have brought it.
 */
export function buildImages(options: Options, scope: BuildScope) {
  const { runtime, source, ledger, registry, clock, brought } = options;
  const told = new Set<string>();
  return async ({ reference: asked, login = 'from' }: ImageWish, log: LineSink, signal: AbortSignal): Promise<ImageConfig> => {
    const reference = registry.resolve(asked);
    const problem = referenceProblem(reference);
    if (problem !== undefined) throw new Error(problem);
    const present = await runtime.image(reference);
    if (isPlatformImage(reference) && present !== undefined) {
      brought(reference);
      return present;
    }
    // A build may need it for two steps; the second time is the registry's answer alone.
    if (!told.has(reference)) log(`Pulling image ${reference} ...`);
    told.add(reference);
    const names = login === 'from' ? [scope.pullSecret, scope.pushSecret] : [scope.imageSecrets[login]];
    const logins = await loginsOf(source, scope, names, reference);
    let failure: unknown;
    for (const one of logins.length === 0 ? [undefined] : logins) {
      try {
        if (registry.isProjects(reference)) await confirmPull(reference, one, signal);
        const image = await runtime.pull(reference, one, signal);
        // What was here before is not ours to remove one day.
        if (present === undefined) await ledger.used(image.id, clock.now());
        brought(reference);
        return image;
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  };
}
