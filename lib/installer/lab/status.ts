import { runFleet } from '../fleet/run-fleet.ts';
import type { EventBody, Reporter } from '../progress-event.ts';
import type { HostLook } from './host-work.ts';
import { labFleet } from './lab-fleet.ts';
import { type LabRun, lookingContext, resumable } from './lab-run.ts';
import type { LabHost } from './provider.ts';
import type { LabState } from './state/lab-state.ts';
import { requireState } from './state/open-state.ts';

type LabStatus = Extract<EventBody, { event: 'lab-status' }>;
type Row = LabStatus['hosts'][number];

/** What is there of a lab, asked anew: its provider, then every host that runs. Changes nothing. Answers whether all of it is healthy. */
export async function labStatus(run: LabRun, name: string): Promise<boolean> {
  const state = await requireState(name);
  const { lab } = state;
  const hosts = await resumable(run, 'lab status', () => run.provider.hosts(lookingContext(run, lab, state)));
  const rows = await rowsOf(run, state, hosts);
  run.signal.throwIfAborted();
  const healthy = rows.filter((row) => row.healthy).length;
  run.reporter.report({
    event: 'lab-status',
    host: '',
    lab: name,
    provider: state.provider,
    expires: state.expires,
    healthy,
    hosts: rows,
  });
  return healthy === rows.length;
}

async function rowsOf(run: LabRun, state: LabState, hosts: readonly LabHost[]): Promise<Row[]> {
  const found = new Map<string, Partial<HostLook>>();
  const fleet = labFleet(
    hosts.filter((host) => host.state === 'running'),
    state,
    run.signal,
  );
  await runFleet(fleet, {
    ...run,
    reporter: silent,
    run: async (host) => {
      const own = fleet.find(({ name }) => name === host.name)!;
      found.set(host.name, await run.work.look(run, own));
    },
    failureOf: (error, host) => {
      const failure = run.failureOf(error, host);
      found.set(host, { reason: failure.message });
      return failure;
    },
  });
  return hosts.map((host) => rowOf(host, found.get(host.name) ?? {}));
}

const silent: Reporter = { plan: () => undefined, report: () => undefined, close: async () => undefined };

function rowOf(host: LabHost, found: Partial<HostLook>): Row {
  const { name, attendee, state, public: address } = host;
  // What the host itself tells is nearer than what its provider knows from outside.
  const boot = found.boot === undefined || found.boot === 'unknown' ? host.boot : found.boot;
  const platform = found.platform ?? 'unknown';
  const reason = found.reason ?? '';
  return {
    host: name,
    attendee,
    state,
    boot,
    platform,
    healthy: state === 'running' && boot !== 'failed' && platform === 'ready',
    reason,
    ...(address === undefined
      ? {}
      : { ssh: `${address.address}:${address.sshPort}`, api: `https://${address.address}:${address.apiPort}` }),
  };
}
