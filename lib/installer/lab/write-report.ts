import { access, constants, mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { errorText } from '../../common/errors.ts';
import { writeAtomically } from '../agent/path-state.ts';
import { printable } from '../../common/printable.ts';
import { labErrors } from './lab-errors.ts';
import type { LabAudit } from './provider.ts';
import { reportsFolder } from './state/state-folder.ts';

/** What became of a lab that was taken away. */
export interface DownReport {
  readonly lab: string;
  readonly id: string;
  readonly provider: string;
  /** ISO 8601 in UTC. */
  readonly began: string;
  readonly ended: string;
  /** What taking away failed with, whatever the audit found afterwards. */
  readonly problem?: string;
  readonly audit: LabAudit;
}

/** Before anything is taken away: where a report is wanted, one can be written. @throws OoError LAB_REPORT_UNWRITABLE */
export async function requireReportPlace(wanted: string | undefined): Promise<void> {
  if (wanted === undefined) return;
  await access(dirname(stemOf(wanted)), constants.W_OK).catch((error: unknown) => {
    throw labErrors.LAB_REPORT_UNWRITABLE(wanted, errorText(error));
  });
}

/** Without the suffix that somebody typed. */
const stemOf = (wanted: string): string => resolve(wanted.replace(/\.(json|md)$/, ''));

/**
 * Writes the report for programs and for people, for its owner's eyes alone: with the other reports of this machine, and as `PATH.json` and
 * `PATH.md` where somebody wants it. Answers the paths.
 */
export async function writeReport(report: DownReport, wanted: string | undefined): Promise<string[]> {
  const folder = reportsFolder();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const own = join(folder, `${report.lab}-${report.id}`);
  const stems = [own, ...(wanted === undefined ? [] : [stemOf(wanted)])];
  const files = stems.flatMap((stem): [string, string][] => [
    [`${stem}.json`, `${JSON.stringify(report, undefined, 2)}\n`],
    [`${stem}.md`, reportText(report)],
  ]);
  for (const [file, text] of files) await writeAtomically(file, text, 0o600);
  return files.map(([file]) => file);
}

/** Markdown. */
function reportText({ lab, id, provider, began, ended, problem, audit }: DownReport): string {
  const { asked, errors, clean } = audit;
  const cell = (text: string) => printable(text).replaceAll('|', '\\|');
  const rows = asked.map(({ type, left }) => {
    const what = left.length === 0 ? 'nothing' : left.map((one) => `${one.id} ${one.detail}`.trim()).join('; ');
    return `| ${cell(type)} | ${left.length} | ${cell(what)} |`;
  });
  const unanswered = errors.map(({ type, message }) => `- ${printable(type)}: ${printable(message)}`);
  return [
    `# Lab ${lab}: ${clean ? 'nothing is left' : errors.length > 0 ? 'not proven to be gone' : 'NOT gone'}`,
    '',
    `Lab ${lab} (${id}) of the provider ${provider}, taken away from ${began} to ${ended}.`,
    ...(problem === undefined ? [] : ['', `Taking it away failed: ${printable(problem)}`]),
    ...(errors.length === 0 ? [] : ['', 'Questions that were not answered:', '', ...unanswered]),
    '',
    '| asked for | left | what |',
    '| --------- | ---- | ---- |',
    ...rows,
    '',
  ].join('\n');
}
