import type { EventBody, Reporter } from '../progress-event.ts';

/** One row of the summary. */
export type HostRow = Extract<EventBody, { event: 'summary' }>['hosts'][number];

/** Passes a host's events on, and keeps what the summary says of it. */
export class HostRecord implements Reporter {
  readonly #host: string;
  readonly #reporter: Reporter;
  readonly #begin = performance.now();
  #outcome = 'done';
  #api: string | undefined;
  #access: Pick<HostRow, 'context' | 'kubeconfig'> = {};
  #status: Pick<HostRow, 'version' | 'pods'> = {};
  #changes = 0;
  #total: number | undefined;
  #failed: Extract<EventBody, { event: 'failed' }> | undefined;

  constructor(host: string, reporter: Reporter) {
    this.#host = host;
    this.#reporter = reporter;
  }

  plan(...args: Parameters<Reporter['plan']>): void {
    this.#reporter.plan(...args);
  }

  report(event: EventBody): void {
    if (event.event === 'change') this.#changes++;
    else if (event.event === 'failed') this.#failed = event;
    else if (event.event === 'result') {
      this.#outcome = event.outcome;
      this.#total = event.changes;
      this.#api = event.api;
      if (event.context !== undefined && event.kubeconfig !== undefined) {
        this.#access = { context: event.context, kubeconfig: event.kubeconfig };
      }
    } else if (event.event === 'status') {
      this.#outcome = event.platform;
      this.#total = 0;
      if (event.api !== '') this.#api = event.api;
      this.#status = { version: event.version, ...(event.pods === undefined ? {} : { pods: event.pods }) };
    }
    this.#reporter.report(event);
  }

  /** The reporter that all hosts share is closed by whoever made it. */
  async close(): Promise<void> {}

  row(): HostRow {
    const seconds = Math.round((performance.now() - this.#begin) / 100) / 10;
    const base = { host: this.#host, seconds, changes: this.#total ?? this.#changes };
    if (this.#failed === undefined) {
      return {
        ...base,
        outcome: this.#outcome,
        exitCode: 0,
        ...(this.#api === undefined ? {} : { api: this.#api }),
        ...this.#access,
        ...this.#status,
      };
    }
    const { code, failure, exitCode } = this.#failed;
    return { ...base, outcome: failure === 'interrupted' ? 'interrupted' : 'failed', exitCode, code, failure };
  }
}
