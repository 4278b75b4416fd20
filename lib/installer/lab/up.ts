import type { Lab } from '../config/lab-schema.ts';
import type { HostRow } from '../fleet/host-record.ts';
import { runFleet } from '../fleet/run-fleet.ts';
import { summarize } from '../fleet/summarize.ts';
import { labErrors } from './lab-errors.ts';
import { labFleet, pinnedKeys } from './lab-fleet.ts';
import { changingContext, type LabRun, lookingContext, resumable } from './lab-run.ts';
import type { LabHost, LabPlan } from './provider.ts';
import type { LabState } from './state/lab-state.ts';
import { draftState, openStateFor } from './state/open-state.ts';

/** What `up` would do. Changes nothing, here and elsewhere. */
export async function planLab(run: LabRun, lab: Lab): Promise<LabPlan> {
  const state = await draftState(lab);
  return resumable(run, 'lab plan', () => run.provider.plan(lookingContext(run, lab, state)));
}

/**
 * Brings a lab up, from whatever state it is in: hosts that run, with a healthy platform on each. `confirm` is asked once, before the first change,
 * with what is going to be done. Answers the exit status: that of the worst host.
 * @throws OoError LAB_REFUSED, LAB_OVER, LAB_INTERRUPTED, and what the provider throws
 */
export async function labUp(run: LabRun, lab: Lab, confirm: (plan: LabPlan) => Promise<void>): Promise<number> {
  const begin = performance.now();
  const plan = await planLab(run, lab);
  run.reporter.report({ event: 'lab-plan', host: '', lab: lab.name, ...plan });
  if (plan.problems.length > 0) throw labErrors.LAB_REFUSED(lab.name, plan.problems);
  await confirm(plan);
  await using opened = await openStateFor(lab, 'lab up');
  if (Date.parse(opened.state.expires) < Date.now()) throw labErrors.LAB_OVER(lab.name, opened.state.expires);
  const context = changingContext(run, lab, opened);
  run.work.prepare(run, lab);
  const hosts = await resumable(run, 'lab up', () => run.provider.up(context));
  const state = await opened.remember((before) => ({ hostKeys: pinnedKeys(hosts, before) }));
  const rows = await installAll(run, lab, state, hosts);
  const { exitCode } = summarize('lab up', rows, (performance.now() - begin) / 1_000);
  if (exitCode === 0) {
    const message = `the lab ${lab.name} is up, until ${state.expires}; oo-install lab handout writes what attendees need`;
    run.reporter.report({ event: 'lab', host: '', state: 'done', message });
  }
  return exitCode;
}

/** The platform on every host, a bounded number at a time. */
async function installAll(run: LabRun, lab: Lab, state: LabState, hosts: readonly LabHost[]): Promise<readonly HostRow[]> {
  const fleet = labFleet(hosts, state, run.signal);
  const missing = hosts.filter(({ name }) => !fleet.some((host) => host.name === name)).map(({ name }) => name);
  if (missing.length > 0) throw labErrors.LAB_HOSTS_MISSING(missing);
  const begin = performance.now();
  const reporter = run.showHosts(fleet.map(({ name }) => name));
  try {
    const rows = await runFleet(fleet, {
      ...run,
      reporter,
      run: (host, hostReporter) => {
        const own = fleet.find(({ name }) => name === host.name)!;
        const found = hosts.find(({ name }) => name === host.name)!;
        return run.work.install(run, own, { lab, state, found, reporter: hostReporter });
      },
    });
    reporter.report(summarize('lab up', rows, (performance.now() - begin) / 1_000));
    return rows;
  } finally {
    await reporter.close();
  }
}
