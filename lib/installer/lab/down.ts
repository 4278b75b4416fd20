import { errorText } from '../../common/errors.ts';
import { labErrors } from './lab-errors.ts';
import { changingContext, type LabRun, lookingContext, resumable } from './lab-run.ts';
import type { LabAudit, LabContext, LabProvider, LabResource } from './provider.ts';
import type { LabState } from './state/lab-state.ts';
import { openState, requireState } from './state/open-state.ts';
import { type DownReport, requireReportPlace, writeReport } from './write-report.ts';

export interface DownOptions {
  /** Asked once, before the first change, with what is going to be taken away. */
  readonly confirm: (remains: readonly LabResource[], state: LabState) => Promise<void>;
  /** Where the report is written too: `PATH.json` and `PATH.md`. */
  readonly report: string | undefined;
}

/** What `down` would take away. Changes nothing. */
export async function labRemains(run: LabRun, name: string): Promise<void> {
  const state = await requireState(name);
  const remains = await resumable(run, 'lab down', () => run.provider.remains(lookingContext(run, state.lab, state)));
  run.reporter.report({ event: 'lab-remains', host: '', lab: name, resources: [...remains] });
}

/**
 * Takes a lab away and proves it: the provider takes down, then code that shares nothing with that asks what is left. The state goes only after
 * a clean audit, so that until then the same command tries again.
 * @throws OoError LAB_NOT_GONE, LAB_NOT_PROVEN, LAB_INTERRUPTED, LAB_REPORT_UNWRITABLE before anything is done, what the provider throws
 */
export async function labDown(run: LabRun, name: string, options: DownOptions): Promise<void> {
  const { provider, reporter } = run;
  await requireReportPlace(options.report);
  await using opened = await openState(name, 'lab down');
  const { state } = opened;
  const context = changingContext(run, state.lab, opened);
  const guarded = <T>(work: () => Promise<T>) => resumable(run, 'lab down', work);
  const remains = await guarded(() => provider.remains(context));
  reporter.report({ event: 'lab-remains', host: '', lab: name, resources: [...remains] });
  await options.confirm(remains, state);
  const began = new Date().toISOString();
  // What went wrong is told after the audit has said what is left.
  const problem = await guarded(() => attempt(provider, context));
  const audit = await guarded(() => auditOf(provider, context));
  const report: DownReport = {
    lab: name,
    id: state.id,
    provider: state.provider,
    began,
    ended: new Date().toISOString(),
    ...(problem === undefined ? {} : { problem: errorText(problem) }),
    audit,
  };
  const files = await writeReport(report, options.report);
  reporter.report({ event: 'lab-audit', host: '', lab: name, ...toldOf(audit), report: files });
  if (problem !== undefined) throw problem;
  if (audit.errors.length > 0) {
    throw labErrors.LAB_NOT_PROVEN(
      name,
      audit.errors.map(({ type, message }) => `${type}: ${message}`),
    );
  }
  if (!audit.clean && left(audit).length === 0)
    throw labErrors.LAB_NOT_PROVEN(name, ['the audit: it says neither that something is left nor that nothing is']);
  if (!audit.clean)
    throw labErrors.LAB_NOT_GONE(
      name,
      left(audit).map(({ type, id, detail }) => `${type} ${id} ${detail}`.trim()),
    );
  await opened.remove();
}

async function attempt(provider: LabProvider, context: LabContext): Promise<unknown> {
  try {
    await provider.down(context);
    return undefined;
  } catch (error) {
    if (context.signal.aborted) throw error;
    return error;
  }
}

/** An audit that could not be made is one with an error, and never clean. */
async function auditOf(provider: LabProvider, context: LabContext): Promise<LabAudit> {
  try {
    return judged(await provider.audit(context));
  } catch (error) {
    if (context.signal.aborted) throw error;
    return { clean: false, asked: [], errors: [{ type: 'the audit', message: errorText(error) }] };
  }
}

const left = ({ asked }: LabAudit): readonly LabResource[] => asked.flatMap((question) => question.left);
/** Judged here once more: an audit that asked nothing, or that says clean beside what is left, proves nothing. */
const judged = (audit: LabAudit): LabAudit => ({
  ...audit,
  clean: audit.clean && audit.errors.length === 0 && audit.asked.length > 0 && left(audit).length === 0,
});

function toldOf(audit: LabAudit) {
  return {
    clean: audit.clean,
    asked: audit.asked.map(({ type }) => type),
    left: [...left(audit)],
    errors: [...audit.errors],
  };
}
