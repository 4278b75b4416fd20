import type { Readable } from 'node:stream';

/**
 * What turns a source into an image. The programs that bring the source together know these calls alone: behind them is this machine's Docker
 * (docker-engine.ts), or in a build pod the node, over a socket (../builder/remote-engine.ts).
 *
 * Images are named by ids that only this engine has given out. Every call rejects with a BuildError; `log` gets the lines that the build's author
 * reads, as they come.
 */
export interface BuildEngine {
  /** Has an image brought here and tells what it says to whoever builds from it. */
  builder(image: ImageWish, log: LineSink, signal: AbortSignal): Promise<BuilderImage>;
  /** Source to image: unpacks `upload` (tar: `src/`, `scripts/`) in a builder image, runs its assemble script and keeps what has become of it. */
  assemble(request: AssembleRequest, upload: Readable, log: LineSink, signal: AbortSignal): Promise<BuiltImage>;
  /** A Dockerfile with its context (tar). */
  dockerfile(request: DockerfileRequest, context: Readable, log: LineSink, signal: AbortSignal): Promise<BuiltImage>;
  /** Runs a command in an image that this engine has built, in a container that is thrown away. Resolves to its exit code. */
  run(image: string, command: HookCommand, log: LineSink, signal: AbortSignal): Promise<number>;
  /** A file or folder of an image, as a tar whose members begin with its last name. */
  extract(image: ImageWish, path: string, log: LineSink, signal: AbortSignal): Promise<Readable>;
  /** Brings a built image to where it belongs. Resolves to the manifest's digest, where there is a registry. */
  deliver(image: string, log: LineSink, signal: AbortSignal): Promise<{ readonly digest?: string }>;
}

export type LineSink = (line: string) => void;

/** An image of somebody's, and which of the build's logins opens it. */
export interface ImageWish {
  readonly reference: string;
  /** Asks its registry even when it is here. */
  readonly forcePull: boolean;
  /** `from`: the image that the build is from; a number: that of its image sources. @default from */
  readonly login?: 'from' | number;
}

export interface BuilderImage {
  readonly id: string;
  /** Where its scripts are: `image:///path` or a URL to fetch them from. */
  readonly scriptsUrl: string | undefined;
}

export interface Variable {
  readonly name: string;
  readonly value: string;
}

/** What holds for a builder container while it works, and is no part of the image. */
export interface BuildSurroundings {
  readonly environment: readonly Variable[];
  /** Certificates of authorities, PEM. */
  readonly trustedCa?: string;
}

export interface AssembleRequest {
  readonly builder: ImageWish;
  /** Instead of what the builder image's label says; `image://` only, other scripts are uploaded. */
  readonly scriptsUrl?: string;
  /** Names of scripts that the upload has in `scripts/`. */
  readonly uploadedScripts: readonly string[];
  readonly environment: readonly Variable[];
  readonly labels: Readonly<Record<string, string>>;
  /** @default nothing */
  readonly surroundings?: BuildSurroundings;
  /** The image to take artifacts from. One that is not there is no error. */
  readonly incrementalFrom?: ImageWish;
  /** Below `src/`: files that assemble may read and that must not stay in the image. */
  readonly secretFiles: readonly string[];
  /** @default the label's, else the image's own user */
  readonly assembleUser?: string;
}

export interface DockerfileRequest {
  /** Text. It stands in the context at `path`, whatever stood there. */
  readonly dockerfile: string;
  readonly path: string;
  /** Instead of what its last stage is from. */
  readonly from?: ImageWish;
  readonly buildArgs: readonly Variable[];
  /** Of every step. */
  readonly environment: readonly Variable[];
  /** Of the image only: what is another one in each build would have no step taken over from an earlier one. */
  readonly imageEnvironment: readonly Variable[];
  readonly labels: Readonly<Record<string, string>>;
  /** The text of the context's `.dockerignore`, where there is one: what it names is not sent, it tells the engine nothing new. */
  readonly ignore?: string;
  /** No step of an earlier build is taken over. */
  readonly noCache: boolean;
  readonly forcePull: boolean;
}

export interface HookCommand {
  /** Instead of the image's; empty: the image's. */
  readonly entrypoint: readonly string[];
  readonly args: readonly string[];
}

export interface BuiltImage {
  readonly id: string;
}
