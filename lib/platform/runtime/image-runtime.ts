/**
 * The port to the container engine for whoever makes images: `sti` and the node's part of builds. It stands beside ContainerRuntime, which runs
 * pods. All times are ms, all sizes bytes; every method rejects with a RuntimeError.
 */
import type { Readable } from 'node:stream';
import type { AttachSession, Mount } from './container-runtime.ts';

export interface ImageRuntime {
  /** undefined: the engine has no such image. */
  image(reference: string): Promise<ImageConfig | undefined>;
  pull(reference: string, auth: RegistryAuth | undefined, signal: AbortSignal): Promise<ImageConfig>;

  /** A container of its own, made and not started. */
  create(config: BuildContainer): Promise<string>;
  /** Before its start, so that nothing of its output is lost. */
  attach(id: string): Promise<AttachSession>;
  start(id: string): Promise<void>;
  /** Until it has ended. */
  wait(id: string): Promise<ContainerEnd>;
  /** Forced. A container that is gone is no error. */
  remove(id: string): Promise<void>;
  /** All containers whose names begin so. */
  named(prefix: string): Promise<{ readonly id: string; readonly name: string }[]>;
  /** Whether there is a file or folder, or a link, of that name in a container. */
  exists(id: string, path: string): Promise<boolean>;
  /** A file or folder of a container, as a tar. Rejects with `not-found` when there is none. */
  read(id: string, path: string): Promise<Readable>;
  /** Unpacks a tar below `/` of a container, which need not run. */
  write(id: string, tar: Readable): Promise<void>;

  /** What a container has become, as an image without a name. Resolves to its id. */
  commit(id: string, change: ImageChange): Promise<string>;
  /** Has the engine build a context. `onLine` gets its words, `onImage` each image that it makes on the way. Resolves to the last one's id. */
  build(
    options: ContextBuild,
    context: Readable,
    on: { line: (text: string) => void; image: (id: string) => void },
    signal: AbortSignal,
  ): Promise<string>;

  tag(image: string, name: string): Promise<void>;
  /** Takes a name or, with an id, an image without names away. What is gone, or still in use, is no error. */
  discard(image: string): Promise<void>;
  /** Resolves to the manifest's digest, `sha256:...`. */
  push(name: string, auth: RegistryAuth | undefined, onLine: (text: string) => void, signal: AbortSignal): Promise<string>;
}

export interface RegistryAuth {
  readonly username: string;
  readonly password: string;
}

/** An image's configuration, as far as builds depend on it. */
export interface ImageConfig {
  readonly id: string;
  readonly env: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Empty: root. */
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly workingDir: string;
  /** Instructions that a build from this image runs first. */
  readonly onBuild: readonly string[];
  /** `NAME@sha256:...`, by which registries know it. */
  readonly digests: readonly string[];
}

export interface BuildContainer {
  readonly name: string;
  /** An image's id, so that nobody's renaming gets in between. */
  readonly image: string;
  /** @default the image's */
  readonly entrypoint?: readonly string[];
  readonly command: readonly string[];
  readonly env: readonly string[];
  readonly user?: string;
  readonly stdin: boolean;
  /** `none`, `bridge` or the namespace of another container. The host's is never given to a build. */
  readonly network: BuildNetwork;
  readonly mounts: readonly Mount[];
  readonly limits: BuildLimits;
}

export type BuildNetwork = 'none' | 'bridge' | { readonly container: string };

/** What is absent has no limit. */
export interface BuildLimits {
  readonly memoryBytes?: number;
  /** CPUs, as 0.5. */
  readonly cpus?: number;
  readonly pids?: number;
}

export interface ContainerEnd {
  readonly exitCode: number;
  readonly oomKilled: boolean;
}

/** What an image made of a container says of itself. Environment and labels are put on top of the container's. */
export interface ImageChange {
  readonly command: readonly string[];
  /** Empty: none. */
  readonly entrypoint: readonly string[];
  readonly user: string;
  readonly env: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly message: string;
}

export interface ContextBuild {
  /** In the context. */
  readonly dockerfile: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly network: BuildNetwork;
  /** An engine bounds no processes of a step by itself: that is for `cgroupParent`. */
  readonly limits: BuildLimits;
  /** The cgroup that the containers of its steps are in. @default the engine's for all containers */
  readonly cgroupParent?: string;
  /** Ids of images whose steps may be taken over; empty: every step is run. */
  readonly cacheFrom: readonly string[];
}
