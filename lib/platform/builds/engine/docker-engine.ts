import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import { errorText } from '../../../common/errors.ts';
import type { ImageConfig } from '../../runtime/image-runtime.ts';
import type { BuildEngine, ImageWish, LineSink } from './build-engine.ts';
import { asBuildError, BuildError } from './build-error.ts';
import { runToEnd, type Surroundings, withContainer } from './containers.ts';
import { buildDockerfile } from './dockerfile/build-dockerfile.ts';
import { refuseReservedLabels } from './reserved-labels.ts';
import { assemble } from './sti/assemble.ts';
import { builderFacts } from './sti/builder-labels.ts';
import { saveArtifacts } from './sti/save-artifacts.ts';

export interface DockerEngineOptions extends Surroundings {
  /** Brings somebody's image here, with the rights of this build alone. Rejects with any error. */
  readonly images: (wish: ImageWish, log: LineSink, signal: AbortSignal) => Promise<ImageConfig>;
  /** The image that the build's own will take the place of: steps of a Dockerfile are taken over from it. @default there is none */
  readonly previous?: ImageWish;
  /** Images of the stages before the last one, of what was built for the same place before. @default there are none */
  readonly stages?: EarlierStages;
  /** Hears of every image that is made here, before anything else is done with it: whoever made it takes it away again. */
  readonly traces: ImageTraces;
  /** A private folder for what is in between. */
  readonly spool: string;
  readonly deliver: BuildEngine['deliver'];
}

/** Where a Dockerfile's stages outlive its build. Full ids. */
export interface EarlierStages {
  earlier(): readonly string[];
  /** Those of a build that went well, in place of what was kept. */
  keep(ids: readonly string[]): Promise<void>;
}

export interface ImageTraces {
  note(id: string): Promise<void>;
  /** Whether this build has made that image. */
  has(id: string): boolean;
}

/** Builds on a Docker engine. */
export function dockerEngine(options: DockerEngineOptions): BuildEngine {
  const { runtime, traces } = options;

  async function resolve(wish: ImageWish, log: LineSink, signal: AbortSignal): Promise<ImageConfig> {
    let image: ImageConfig;
    try {
      image = await options.images(wish, log, signal);
    } catch (cause) {
      signal.throwIfAborted();
      throw asBuildError('PullBuilderImageFailed', `failed to pull image ${wish.reference}: ${errorText(cause)}`, cause);
    }
    refuseReservedLabels(Object.keys(image.labels), `image ${wish.reference}`);
    return image;
  }

  /** Of images that this build has made: others are none of its business. */
  function own(image: string): string {
    if (!traces.has(image)) throw new BuildError('GenericBuildFailed', `image ${image} is not of this build`);
    return image;
  }

  return {
    async builder(wish, log, signal) {
      const image = await resolve(wish, log, signal);
      return { id: image.id, scriptsUrl: builderFacts(image).scriptsUrl };
    },

    async assemble(request, upload, log, signal) {
      const builder = await resolve(request.builder, log, signal);
      const earlier =
        request.incrementalFrom === undefined
          ? undefined
          : await resolve(request.incrementalFrom, log, signal).catch((error: unknown) => {
              if (signal.aborted) throw error;
              log(`No earlier image to take artifacts from: ${errorText(error)}`);
              return undefined;
            });
      const artifacts = earlier === undefined ? undefined : await saveArtifacts(options, earlier, options.spool, log, signal);
      try {
        const id = await assemble({
          surroundings: options,
          builder,
          request,
          upload,
          artifacts: artifacts?.read(),
          spool: options.spool,
          log,
          signal,
        });
        await traces.note(id);
        return { id };
      } catch (error) {
        throw asBuildError('AssembleFailed', errorText(error), error);
      } finally {
        await artifacts?.dispose();
      }
    },

    async dockerfile(request, context, log, signal) {
      const previous = async (): Promise<ImageConfig | undefined> => {
        if (options.previous === undefined) return undefined;
        // A first build has none, and what is no good is as none.
        try {
          return await resolve(options.previous, () => undefined, signal);
        } catch {
          signal.throwIfAborted();
          return undefined;
        }
      };
      const { stages } = options;
      return {
        id: await buildDockerfile({ surroundings: options, traces, request, context, previous, stages, resolve, log, signal }),
      };
    },

    async run(image, { entrypoint, args }, log, signal) {
      const config = { image: own(image), command: args, env: [], stdin: false };
      const chosen = entrypoint.length === 0 ? config : { ...config, entrypoint };
      return withContainer(options, chosen, signal, async (id) => {
        const { exitCode, oomKilled } = await runToEnd(runtime, id, log);
        if (oomKilled) throw new BuildError('OutOfMemoryKilled', 'the hook was killed for want of memory');
        return exitCode;
      });
    },

    async extract(wish, path, log, signal) {
      const image = await resolve(wish, log, signal);
      return extractFrom(options, image.id, path, signal);
    },

    deliver: (image, log, signal) => options.deliver(own(image), log, signal),
  };
}

/** The container that it is read from lives as long as the stream. */
function extractFrom(surroundings: Surroundings, image: string, path: string, signal: AbortSignal): Promise<Readable> {
  const source = posix.join('/', path) + (path.endsWith('/.') ? '/.' : '');
  return new Promise((resolve, reject) => {
    const config = { image, command: ['/'], env: [], stdin: false };
    withContainer(surroundings, config, signal, async (id) => {
      const stream = await surroundings.runtime.read(id, source);
      const closed = new Promise<void>((done) => stream.once('close', done));
      resolve(stream);
      await closed;
    }).catch((cause: unknown) =>
      reject(asBuildError('FetchImageContentFailed', `cannot take ${path} out of the image: ${errorText(cause)}`, cause)),
    );
  });
}
