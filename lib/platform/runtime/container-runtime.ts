/**
 * The port to the container engine, in the words of Kubernetes' CRI (runtime/v1). docker.ts is the only importer of
 * dockerode. All times are ms, all sizes bytes.
 */
import type { Duplex, Readable } from 'node:stream';

export interface ContainerRuntime {
  version(): Promise<{
    name: string;
    version: string;
    apiVersion: string;
    cgroupVersion: 1 | 2;
    cgroupDriver: string;
    storageDriver: string;
  }>;

  /** A container that only holds the pod's namespaces; it has no network but loopback until CNI gives it one. */
  createSandbox(config: SandboxConfig): Promise<string>;
  startSandbox(id: string): Promise<{ pid: number; netns: string }>;
  /** In the sandbox's namespaces. */
  createContainer(sandboxId: string, config: ContainerConfig): Promise<string>;
  start(id: string): Promise<void>;
  /** SIGTERM (or the image's stop signal), then SIGKILL after `grace` ms. A container that is gone is no error. */
  stop(id: string, grace: number): Promise<void>;
  /** Changes what a running container may use, as it runs. What is absent stays as it is. */
  update(id: string, limits: Partial<ContainerLimits>): Promise<void>;
  kill(id: string, signal: string): Promise<void>;
  /** Forced. A container that is gone is no error. */
  remove(id: string): Promise<void>;
  inspect(id: string): Promise<ContainerState | undefined>;
  /** Everything we made, running or not: containers that carry all these labels. */
  list(labels: Readonly<Record<string, string>>): Promise<ContainerState[]>;
  /** The same without looking into each: cheap enough to be asked all the time. */
  summaries(labels: Readonly<Record<string, string>>): Promise<ContainerSummary[]>;
  /** Changes of containers with these labels, from now on. Ends with the signal; rejects when the engine goes away. */
  events(labels: Readonly<Record<string, string>>, signal: AbortSignal): AsyncIterable<RuntimeEvent>;
  /** Images that come, go, or get or lose a name, as long as the signal lets it; rejects as `events` does. */
  imageEvents(signal: AbortSignal): AsyncIterable<string>;

  exec(id: string, options: ExecOptions): Promise<ExecSession>;
  attach(id: string, options: { stdin: boolean; stdout: boolean; stderr: boolean; tty: boolean }): Promise<AttachSession>;
  logs(id: string, options: LogOptions): Promise<Readable>;
  /** Since the start, and the working set. Rejects with `not-found` when it does not run. */
  stats(id: string): Promise<{ cpuNanoseconds: number; memoryBytes: number }>;

  image(reference: string): Promise<ImageInfo | undefined>;
  images(): Promise<ImageInfo[]>;
  pull(reference: string, auth: { username: string; password: string } | undefined, signal: AbortSignal): Promise<ImageInfo>;
  removeImage(reference: string): Promise<void>;
  /** A `docker save` archive. */
  load(archive: Readable): Promise<void>;
}

export interface SandboxConfig {
  readonly name: string;
  readonly image: string;
  readonly hostname: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly cgroupParent?: string;
  /** `none`: CNI attaches it. `host`: hostNetwork pods. */
  readonly network: 'none' | 'host';
  readonly hostPID: boolean;
  readonly hostIPC: boolean;
  readonly shareProcessNamespace: boolean;
  readonly sysctls: Readonly<Record<string, string>>;
  /** How names are looked up in containers that the engine itself puts into the sandbox's network, which have no files of ours. @default the engine's way */
  readonly dns?: {
    readonly nameservers: readonly string[];
    readonly searches: readonly string[];
    readonly options: readonly string[];
  };
}

export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  readonly propagation?: 'private' | 'rslave' | 'rshared';
}

/** A device of the machine, and its name in the container. */
export interface Device {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

export interface ContainerConfig {
  readonly name: string;
  readonly image: string;
  /** undefined: the image's. */
  readonly entrypoint?: readonly string[];
  readonly args?: readonly string[];
  readonly workingDir?: string;
  readonly env: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
  readonly devices?: readonly Device[];
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  readonly user?: string;
  readonly groups?: readonly string[];
  readonly privileged: boolean;
  readonly readOnlyRootfs: boolean;
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  readonly noNewPrivileges: boolean;
  readonly seccomp?: 'unconfined' | string;
  readonly cpuShares?: number;
  readonly cpuQuota?: number;
  readonly cpuPeriod?: number;
  readonly memoryBytes?: number;
  readonly oomScoreAdj?: number;
  readonly pidsLimit?: number;
  readonly cgroupParent?: string;
  /** Whose processes it sees. @default its own */
  readonly pid?: 'host' | 'sandbox' | { readonly container: string };
  /** @default the sandbox's */
  readonly hostIPC?: boolean;
  readonly apparmor?: string;
  /** `type:spc_t`, `level:s0:c1`. */
  readonly selinuxLabels?: readonly string[];
  /** procMount: Unmasked. */
  readonly unmaskedProc?: boolean;
}

/** What a list tells without an inspection. */
export interface ContainerSummary {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly imageId: string;
  readonly status: ContainerState['status'];
  readonly createdAt: number;
}

export interface ContainerState {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly imageId: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly status: 'created' | 'running' | 'exited';
  readonly pid: number;
  readonly createdAt: number;
  readonly startedAt: number | undefined;
  readonly finishedAt: number | undefined;
  readonly exitCode: number | undefined;
  readonly oomKilled: boolean;
  /** The engine's own error, such as an executable that is not there. */
  readonly error: string | undefined;
  readonly limits: ContainerLimits;
}

/** What a container may use; 0: no limit. cpuQuota of each cpuPeriod, both in microseconds. */
export interface ContainerLimits {
  readonly cpuShares: number;
  readonly cpuQuota: number;
  readonly cpuPeriod: number;
  readonly memoryBytes: number;
}

export interface RuntimeEvent {
  readonly type: 'created' | 'started' | 'died' | 'removed' | 'oom';
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ExecOptions {
  readonly command: readonly string[];
  readonly stdin: boolean;
  readonly tty: boolean;
  readonly env?: readonly string[];
}

/** A process in a container. With a tty there is only stdout. */
export interface ExecSession {
  readonly stdin: NodeJS.WritableStream | undefined;
  readonly stdout: Readable;
  readonly stderr: Readable | undefined;
  resize(size: { width: number; height: number }): Promise<void>;
  /** The exit code, once both outputs have ended. */
  wait(): Promise<number>;
  /** Drops the connection. */
  close(): void;
}

export type AttachSession = Omit<ExecSession, 'wait'> & { readonly socket: Duplex };

export interface LogOptions {
  readonly follow: boolean;
  /** Lines from the end; undefined: all. */
  readonly tail?: number;
  /** Only what is newer, ms since the epoch. */
  readonly since?: number;
  /** RFC 3339 in nanoseconds before each line. */
  readonly timestamps: boolean;
  readonly signal?: AbortSignal;
}

export interface ImageInfo {
  readonly id: string;
  readonly tags: readonly string[];
  readonly digests: readonly string[];
  readonly size: number;
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
}
