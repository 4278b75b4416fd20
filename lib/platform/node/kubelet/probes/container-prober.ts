import type { Clock } from '../../../../common/clock.ts';
import { errorText } from '../../../../common/errors.ts';
import type { ContainerRuntime } from '../../../runtime/container-runtime.ts';
import { isRuntimeUnavailable } from '../../../runtime/runtime-error.ts';
import type { Container, Probe } from '../types/container-types.ts';
import { grpcProbe } from './grpc-probe.ts';
import { execProbe, httpProbe, type ProbeOutcome, tcpProbe } from './probe-actions.ts';

export type ProbeKind = 'liveness' | 'readiness' | 'startup';

/** Whether a container passes each of its probes. */
export interface ProbeState {
  ready: boolean;
  started: boolean;
  /** The probe that has given up; the container is to be killed. */
  failed: 'liveness' | 'startup' | undefined;
}

export interface ProberOptions {
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly container: Container;
  /** The engine's id of the one running instance that is probed. */
  readonly id: string;
  readonly podIP: string;
  /** ms since the epoch. */
  readonly startedAt: number;
  /** Told of every change that the pod's status or plan depends on. */
  readonly onChange: () => void;
  readonly unhealthy: (reason: 'Unhealthy', message: string) => void;
}

/**
 * How soon a container that is not ready is asked again, in ms, and how much later each time, until that is the probe's own period: whoever waits for it
 * waits a quarter longer than it took to begin, or where a program has to be run in it twice as long. Kubernetes' API says of `periodSeconds`: "While a container is not Ready, the ReadinessProbe may be executed at times other than the
 * configured periodSeconds interval. This is to make the Pod ready faster."
 */
const SOON = { connection: { ms: 50, growth: 1.25 }, program: { ms: 100, growth: 2 } } as const;
/** What its readiness probe finds in a container's first ms is not told: it is starting. */
const STARTING_MS = 1000;

const TITLE: Readonly<Record<ProbeKind, string>> = { liveness: 'Liveness', readiness: 'Readiness', startup: 'Startup' };

/** Probes one running container until it is stopped (kubelet: prober/worker.go). */
export class ContainerProber {
  readonly state: ProbeState;
  readonly #options: ProberOptions;
  readonly #ending = new AbortController();

  constructor(options: ProberOptions) {
    const { container } = options;
    this.#options = options;
    // Without a probe there is nothing to wait for; with one, a container is ready when it has said so.
    this.state = {
      ready: container.readinessProbe === undefined && container.startupProbe === undefined,
      started: container.startupProbe === undefined,
      failed: undefined,
    };
  }

  start(): void {
    const { startupProbe } = this.#options.container;
    if (startupProbe === undefined || this.state.started) this.#startOthers();
    else void this.#run('startup', startupProbe);
  }

  /** Whether it lives and is ready nobody asks before it has started. */
  #startOthers(): void {
    const { livenessProbe, readinessProbe } = this.#options.container;
    if (livenessProbe !== undefined) void this.#run('liveness', livenessProbe);
    if (readinessProbe !== undefined) void this.#run('readiness', readinessProbe);
  }

  stop(): void {
    this.#ending.abort();
  }

  async #run(kind: ProbeKind, probe: Probe): Promise<void> {
    const { signal } = this.#ending;
    const { clock, startedAt } = this.#options;
    const period = (probe.periodSeconds ?? 10) * 1000;
    let last: boolean | undefined;
    let run = 0;
    const { ms, growth } = SOON[probe.exec === undefined ? 'connection' : 'program'];
    let soon: number = ms;
    /** When to ask again: soon while it is not known to be ready, else at the probe's period. */
    const wait = (): number => {
      if (kind !== 'readiness' || this.state.ready || last === true || soon >= period) return period;
      soon *= growth;
      return soon / growth;
    };
    try {
      const delay = startedAt + (probe.initialDelaySeconds ?? 0) * 1000 - clock.now();
      if (delay > 0) await clock.sleep(delay, signal);
      const began = clock.monotonic();
      for (; !signal.aborted; await clock.sleep(wait(), signal)) {
        const outcome = await this.#probe(kind, probe);
        if (outcome === undefined || signal.aborted) continue;
        const starting = kind === 'readiness' && clock.monotonic() - began < STARTING_MS;
        if (!outcome.ok && !starting) this.#options.unhealthy('Unhealthy', `${TITLE[kind]} probe failed: ${outcome.output}`);
        run = outcome.ok === last ? run + 1 : 1;
        last = outcome.ok;
        const threshold = outcome.ok ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
        if (run >= threshold && this.#judge(kind, outcome.ok)) return;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** True when this probe has nothing more to say about this instance. */
  #judge(kind: ProbeKind, ok: boolean): boolean {
    const { state } = this;
    const { container, onChange } = this.#options;
    if (kind === 'readiness') {
      if (state.ready === ok) return false;
      state.ready = ok;
      onChange();
      return false;
    }
    if (kind === 'startup' && ok) {
      state.started = true;
      if (container.readinessProbe === undefined) state.ready = true;
      this.#startOthers();
      onChange();
      return true;
    }
    if (ok) return false;
    state.failed = kind;
    onChange();
    return true;
  }

  /** undefined: nobody can say, as when the engine is away or the container has just ended. */
  async #probe(kind: ProbeKind, probe: Probe): Promise<ProbeOutcome | undefined> {
    const { runtime, container, id, podIP } = this.#options;
    const timeout = (probe.timeoutSeconds ?? 1) * 1000;
    try {
      if (probe.exec !== undefined) return await execProbe(runtime, id, probe.exec.command ?? [], timeout);
      if (probe.httpGet !== undefined) return await httpProbe(probe.httpGet, podIP, container, timeout);
      if (probe.tcpSocket !== undefined) return await tcpProbe(probe.tcpSocket, podIP, container, timeout);
      if (probe.grpc !== undefined) return await grpcProbe(podIP, probe.grpc.port, probe.grpc.service ?? '', timeout);
      return { ok: true, output: '' };
    } catch (error) {
      if (isRuntimeUnavailable(error)) return undefined;
      const running = (await runtime.inspect(id).catch(() => undefined))?.status === 'running';
      return running ? { ok: false, output: `${kind} probe errored: ${errorText(error)}` } : undefined;
    }
  }
}
