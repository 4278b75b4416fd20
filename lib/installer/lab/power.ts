import { runFleet } from '../fleet/run-fleet.ts';
import { summarize } from '../fleet/summarize.ts';
import { labFleet } from './lab-fleet.ts';
import { changingContext, type LabRun, resumable } from './lab-run.ts';
import { openState } from './state/open-state.ts';

/** Starts or stops all hosts of a lab. What attendees made stays. */
export async function labPower(run: LabRun, name: string, what: 'start' | 'stop'): Promise<void> {
  await using opened = await openState(name, `lab ${what}`);
  const { lab } = opened.state;
  const context = changingContext(run, lab, opened);
  await resumable(run, `lab ${what}`, () => run.provider[what](context));
  run.reporter.report({
    event: 'lab',
    host: '',
    state: 'done',
    message: `all hosts are ${what === 'start' ? 'started' : 'stopped'}`,
  });
}

/**
 * Moves the end of a lab by so many ms, from its end or from now, whichever is later. The provider is told first and our own state last: cut off
 * in between, the same command moves it to the same time. Answers the exit status.
 */
export async function labExtend(run: LabRun, name: string, by: number): Promise<number> {
  await using opened = await openState(name, 'lab extend');
  const { lab, expires } = opened.state;
  const context = changingContext(run, lab, opened);
  const end = new Date(Math.max(Date.parse(expires), Date.now()) + by);
  const hosts = await resumable(run, 'lab extend', async () => {
    await run.provider.extend(context, end);
    return run.provider.hosts(context);
  });
  const fleet = labFleet(
    hosts.filter(({ state }) => state === 'running'),
    opened.state,
    run.signal,
  );
  const rows = await runFleet(fleet, {
    ...run,
    run: (host) =>
      run.work.tellEnd(
        fleet.find((one) => one.name === host.name)!,
        end.toISOString(),
      ),
  });
  // What was cut off on a host is done again by the same command, and not moved once more.
  await resumable(run, 'lab extend', async () => undefined);
  await opened.remember(() => ({ expires: end.toISOString() }));
  const { exitCode, failed } = summarize('lab extend', rows, 0);
  const rest = failed === 0 ? '' : `; oo-install lab up tells it to the hosts that do not know it yet`;
  run.reporter.report({ event: 'lab', host: '', state: 'done', message: `the lab ${name} ends at ${end.toISOString()}${rest}` });
  return exitCode;
}
