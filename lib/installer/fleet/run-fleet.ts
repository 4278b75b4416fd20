import type { EventBody, Reporter } from '../progress-event.ts';
import { fleetErrors } from './fleet-errors.ts';
import type { FleetHost } from './fleet-host.ts';
import { HostRecord, type HostRow } from './host-record.ts';

export interface FleetRun {
  /** How many hosts are worked on at once. */
  readonly parallel: number;
  readonly reporter: Reporter;
  /** Aborts: hosts that are at work end between two changes, and no other is begun. */
  readonly signal: AbortSignal;
  /** The work on one host. What it throws is that host's failure alone. */
  readonly run: (host: FleetHost, reporter: Reporter) => Promise<unknown>;
  readonly failureOf: (error: unknown, host: string) => Extract<EventBody, { event: 'failed' }>;
}

/** Runs a command on every host, a bounded number of them at a time, and answers what became of each, in their order. Never throws. */
export async function runFleet(hosts: readonly FleetHost[], options: FleetRun): Promise<readonly HostRow[]> {
  const { reporter, signal, failureOf, run } = options;
  const rows: HostRow[] = [];
  const waiting = hosts.entries();
  const work = async (): Promise<void> => {
    for (const [index, host] of waiting) {
      const record = new HostRecord(host.name, reporter);
      try {
        if (signal.aborted) throw fleetErrors.NOT_BEGUN(host.name);
        await run(host, record);
      } catch (error) {
        record.report(failureOf(error, host.name));
      }
      rows[index] = record.row();
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.parallel, hosts.length) }, work));
  return rows;
}
