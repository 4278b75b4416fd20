import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** The server's own figures, under the names that Kubernetes' API server gives them. */
export class ApiMetrics {
  readonly registry = new Registry();
  readonly #requests = new Counter({
    name: 'apiserver_request_total',
    help: 'Requests by verb, resource and HTTP status.',
    labelNames: ['verb', 'resource', 'subresource', 'code'],
    registers: [this.registry],
  });
  readonly #duration = new Histogram({
    name: 'apiserver_request_duration_seconds',
    help: 'Time to answer requests that are no watches or streams.',
    labelNames: ['verb', 'resource'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers: [this.registry],
  });
  readonly inflight = new Gauge({
    name: 'apiserver_current_inflight_requests',
    help: 'Requests that are being answered.',
    labelNames: ['request_kind'],
    registers: [this.registry],
  });
  readonly longRunning = new Gauge({
    name: 'apiserver_longrunning_requests',
    help: 'Watches and streams that are open.',
    registers: [this.registry],
  });
  readonly watchPending = new Gauge({
    name: 'apiserver_watch_pending_bytes',
    help: 'Bytes of events that wait for the readers of watches.',
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** `seconds` is undefined for watches and streams. Resources come from the registry, never from the URL: labels stay few. */
  observe(verb: string, resource: string, subresource: string, code: number, seconds: number | undefined): void {
    this.#requests.inc({ verb, resource, subresource, code });
    if (seconds !== undefined) this.#duration.observe({ verb, resource }, seconds);
  }
}
