import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import type {
  AttachSession,
  ContainerConfig,
  ContainerLimits,
  ContainerRuntime,
  ContainerState,
  ContainerSummary,
  ExecOptions,
  ExecSession,
  ImageInfo,
  RuntimeEvent,
  SandboxConfig,
} from '../../lib/platform/runtime/container-runtime.ts';
import { RuntimeError } from '../../lib/platform/runtime/runtime-error.ts';
import { FakeClock } from './fake-clock.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** An engine in memory: containers are records that a test moves on. Every call is noted; any may be made to fail. */
export class FakeRuntime implements ContainerRuntime {
  readonly clock: FakeClock;
  /** E.g. `start k8s_main_web_default_UID_0`. */
  readonly calls: string[] = [];
  readonly configs = new Map<string, ContainerConfig | SandboxConfig>();
  readonly #containers = new Map<string, Mutable<ContainerState>>();
  readonly #images = new Map<string, ImageInfo>();
  #imageAdded = Promise.withResolvers<string>();
  readonly #listeners = new Set<(event: RuntimeEvent) => void>();
  /** Thrown by the next matching call instead of doing it; asked for each. */
  reject: (call: string) => Error | undefined = () => undefined;
  /** What an exec answers. */
  onExec: (id: string, command: readonly string[]) => { code: number; stdout?: string; stderr?: string } = () => ({ code: 0 });
  /** Takes other limits and does nothing with them. */
  ignoreUpdates = false;
  /** Bytes that every container uses. */
  memoryUsed = 0;
  /** What a container has logged, by name. */
  readonly logTexts = new Map<string, string>();
  #next = 0;

  constructor(clock: FakeClock = new FakeClock()) {
    this.clock = clock;
  }

  addImage(reference: string, image: Partial<ImageInfo> = {}): void {
    const id = `sha256:${reference}`;
    this.#imageAdded.resolve(reference);
    this.#images.set(reference, { id, tags: [reference], digests: [], size: 1, user: '', entrypoint: [], command: [], ...image });
  }

  /** The process of a container ends by itself. */
  exit(name: string, exitCode: number, more: { oomKilled?: boolean } = {}): void {
    const container = this.byName(name);
    Object.assign(container, {
      status: 'exited',
      exitCode,
      finishedAt: this.clock.now(),
      pid: 0,
      oomKilled: more.oomKilled === true,
    });
    this.#emit('died', container);
  }

  byName(name: string): ContainerState {
    const found = [...this.#containers.values()].find((one) => one.name === name);
    if (found === undefined) throw new Error(`no container ${name}`);
    return found;
  }

  get names(): string[] {
    return [...this.#containers.values()].map(({ name }) => name).sort();
  }

  version = () =>
    Promise.resolve({
      name: 'docker',
      version: '20.10.24',
      apiVersion: '1.41',
      cgroupVersion: 2 as const,
      cgroupDriver: 'systemd',
      storageDriver: 'overlay2',
    });

  async createSandbox(config: SandboxConfig): Promise<string> {
    return this.#create('create-sandbox', config);
  }

  async startSandbox(id: string): Promise<{ pid: number; netns: string }> {
    await this.#start('start-sandbox', id);
    const { pid } = this.#containers.get(id)!;
    return { pid, netns: `/proc/${pid}/ns/net` };
  }

  async createContainer(_sandboxId: string, config: ContainerConfig): Promise<string> {
    return this.#create('create', config);
  }

  start = (id: string): Promise<void> => this.#start('start', id);

  async stop(id: string, grace: number): Promise<void> {
    await this.#call(`stop ${this.#nameOf(id)} ${grace}`);
    this.#end(id, 143);
  }

  async update(id: string, limits: Partial<ContainerLimits>): Promise<void> {
    await this.#call(`update ${this.#nameOf(id)} ${JSON.stringify(limits)}`);
    const container = this.#containers.get(id);
    if (container === undefined) throw new RuntimeError('not-found', `no such container: ${id}`);
    if (!this.ignoreUpdates) container.limits = { ...container.limits, ...limits };
  }

  async kill(id: string, signal: string): Promise<void> {
    await this.#call(`kill ${this.#nameOf(id)} ${signal}`);
    this.#end(id, 137);
  }

  async remove(id: string): Promise<void> {
    await this.#call(`remove ${this.#nameOf(id)}`);
    const container = this.#containers.get(id);
    if (container === undefined) return;
    this.#containers.delete(id);
    this.#emit('removed', container);
  }

  async inspect(id: string): Promise<ContainerState | undefined> {
    await Promise.resolve();
    const found = this.#containers.get(id);
    return found === undefined ? undefined : { ...found };
  }

  async summaries(labels: Readonly<Record<string, string>>): Promise<ContainerSummary[]> {
    return this.list(labels);
  }

  async list(labels: Readonly<Record<string, string>>): Promise<ContainerState[]> {
    await this.#call('list', false);
    const matches = (one: ContainerState): boolean => Object.entries(labels).every(([key, value]) => one.labels[key] === value);
    return [...this.#containers.values()].filter(matches).map((one) => ({ ...one }));
  }

  async *imageEvents(signal: AbortSignal): AsyncGenerator<string> {
    const ended = new Promise<undefined>((resolve) => signal.addEventListener('abort', () => resolve(undefined), { once: true }));
    for (;;) {
      const reference = await Promise.race([ended, this.#imageAdded.promise]);
      if (reference === undefined) return;
      this.#imageAdded = Promise.withResolvers<string>();
      yield reference;
    }
  }

  async *events(_labels: Readonly<Record<string, string>>, signal: AbortSignal): AsyncGenerator<RuntimeEvent> {
    const queue: RuntimeEvent[] = [];
    let wake = Promise.withResolvers<void>();
    const listener = (event: RuntimeEvent): void => {
      queue.push(event);
      wake.resolve();
    };
    this.#listeners.add(listener);
    signal.addEventListener('abort', () => wake.resolve(), { once: true });
    try {
      while (!signal.aborted) {
        for (let event = queue.shift(); event !== undefined; event = queue.shift()) yield event;
        await wake.promise;
        wake = Promise.withResolvers();
      }
    } finally {
      this.#listeners.delete(listener);
    }
  }

  async exec(id: string, options: ExecOptions): Promise<ExecSession> {
    await this.#call(`exec ${this.#nameOf(id)} ${options.command.join(' ')}`);
    const { code, stdout = '', stderr = '' } = this.onExec(id, options.command);
    const outputs = [Readable.from([Buffer.from(stdout)]), Readable.from([Buffer.from(stderr)])] as const;
    return {
      stdin: options.stdin ? new PassThrough() : undefined,
      stdout: outputs[0],
      stderr: outputs[1],
      resize: () => Promise.resolve(),
      async wait() {
        for (const output of outputs) if (output.readableFlowing === null) output.resume();
        await Promise.all(outputs.map((output) => output.readableEnded || once(output, 'end')));
        return code;
      },
      close: () => undefined,
    };
  }

  attach(): Promise<AttachSession> {
    return Promise.reject(new Error('the fake has no attach'));
  }

  logs(id: string): Promise<Readable> {
    return Promise.resolve(Readable.from([Buffer.from(this.logTexts.get(this.#nameOf(id)) ?? '')]));
  }

  stats = () => Promise.resolve({ cpuNanoseconds: 0, memoryBytes: this.memoryUsed });

  image(reference: string): Promise<ImageInfo | undefined> {
    const byId = [...this.#images.values()].find(({ id }) => id === reference);
    return Promise.resolve(this.#images.get(reference) ?? byId);
  }

  images(): Promise<ImageInfo[]> {
    return Promise.resolve([...this.#images.values()]);
  }

  async pull(reference: string): Promise<ImageInfo> {
    await this.#call(`pull ${reference}`);
    this.addImage(reference);
    return this.#images.get(reference)!;
  }

  async removeImage(reference: string): Promise<void> {
    await this.#call(`remove-image ${reference}`);
    for (const [key, image] of this.#images) if (key === reference || image.id === reference) this.#images.delete(key);
  }

  load = (): Promise<void> => Promise.resolve();

  async #call(call: string, noted = true): Promise<void> {
    await Promise.resolve();
    if (noted) this.calls.push(call);
    const error = this.reject(call);
    if (error !== undefined) throw error;
  }

  async #create(what: string, config: ContainerConfig | SandboxConfig): Promise<string> {
    await this.#call(`${what} ${config.name}`);
    if (this.names.includes(config.name)) throw new RuntimeError('conflict', `the name ${config.name} is taken`);
    const id = `id${this.#next++}`;
    this.configs.set(config.name, config);
    this.#containers.set(id, {
      id,
      name: config.name,
      image: config.image,
      imageId: `sha256:${config.image}`,
      labels: config.labels,
      status: 'created',
      pid: 0,
      createdAt: this.clock.now(),
      startedAt: undefined,
      finishedAt: undefined,
      exitCode: undefined,
      oomKilled: false,
      error: undefined,
      limits: {
        cpuShares: ('cpuShares' in config ? config.cpuShares : undefined) ?? 0,
        cpuQuota: ('cpuQuota' in config ? config.cpuQuota : undefined) ?? 0,
        cpuPeriod: 100_000,
        memoryBytes: ('memoryBytes' in config ? config.memoryBytes : undefined) ?? 0,
      },
    });
    return id;
  }

  async #start(what: string, id: string): Promise<void> {
    await this.#call(`${what} ${this.#nameOf(id)}`);
    const container = this.#containers.get(id);
    if (container === undefined) throw new RuntimeError('not-found', `no such container: ${id}`);
    Object.assign(container, { status: 'running', pid: 1000 + this.#next, startedAt: this.clock.now() });
    this.#emit('started', container);
  }

  #end(id: string, exitCode: number): void {
    const container = this.#containers.get(id);
    if (container?.status === 'running') this.exit(container.name, exitCode);
  }

  #nameOf(id: string): string {
    return this.#containers.get(id)?.name ?? id;
  }

  #emit(type: RuntimeEvent['type'], { id, labels }: ContainerState): void {
    for (const listener of this.#listeners) listener({ type, id, labels });
  }
}
