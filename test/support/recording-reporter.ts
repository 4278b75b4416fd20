import type { EventBody, Reporter } from '../../lib/installer/progress-event.ts';

/** Keeps what the installer tells, in its order. */
export class RecordingReporter implements Reporter {
  readonly events: EventBody[] = [];
  readonly planned: string[] = [];
  isClosed = false;

  plan(host: string): void {
    this.planned.push(host);
  }

  report(event: EventBody): void {
    this.events.push(event);
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  /** Events of one kind, in their order. */
  of<K extends EventBody['event']>(kind: K): Extract<EventBody, { event: K }>[] {
    return this.events.filter((event): event is Extract<EventBody, { event: K }> => event.event === kind);
  }
}
