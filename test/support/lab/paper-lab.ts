import { prepareSupplies } from '../../../lib/installer/supplies.ts';
import { failureOf } from '../../../lib/installer/cli/failure.ts';
import { exitCodes } from '../../../lib/installer/cli/exit-codes.ts';
import { labDown } from '../../../lib/installer/lab/down.ts';
import { labExec } from '../../../lib/installer/lab/exec.ts';
import type { LabRun } from '../../../lib/installer/lab/lab-run.ts';
import { labExtend, labPower } from '../../../lib/installer/lab/power.ts';
import { labStatus } from '../../../lib/installer/lab/status.ts';
import { labUp } from '../../../lib/installer/lab/up.ts';
import { labOf } from '../lab-file.ts';
import { RecordingReporter } from '../recording-reporter.ts';
import { paperCloud, type PaperCloudOptions } from './paper-cloud.ts';

/** What a command on a lab ended with, and all that it told. */
export interface PaperResult {
  readonly status: number;
  readonly told: RecordingReporter;
  /** Of what it failed with; empty when it did not. */
  readonly code: string;
  readonly message: string;
}

const hour = 3_600_000;
const commands = {
  up: (run: LabRun, yaml: string) => labUp(run, labOf(yaml), async () => undefined),
  down: (run: LabRun, report: string) =>
    labDown(run, 'class', { confirm: async () => undefined, report: report === '' ? undefined : report }),
  extend: (run: LabRun) => labExtend(run, 'class', 2 * hour),
  stop: (run: LabRun) => labPower(run, 'class', 'stop'),
  start: (run: LabRun) => labPower(run, 'class', 'start'),
  status: async (run: LabRun) => ((await labStatus(run, 'class')) ? 0 : exitCodes.platform),
  exec: (run: LabRun, argv: string) => labExec(run, 'class', argv.split(' '), []),
} as const;
export type PaperCommand = keyof typeof commands;

export interface PaperRunOptions extends Omit<PaperCloudOptions, 'at'> {
  readonly at?: (step: string, abort: () => void) => void;
  /** lab.yaml for `up`, the program for `exec`, where the report of `down` goes. */
  readonly argument?: string;
}

/** Runs what `oo-install lab COMMAND` runs, on a lab called class of a cloud that stands on paper, and answers as the process would. */
export async function runOnPaper(command: PaperCommand, options: PaperRunOptions): Promise<PaperResult> {
  const told = new RecordingReporter();
  const { signal, ...controller } = abortable();
  const { at } = options;
  const cloud = paperCloud({ ...options, at: (step) => at?.(step, controller.abort) });
  const failed = (error: unknown, host: string) => failureOf(error, host, { aborted: signal.aborted, verbose: false });
  const run: LabRun = {
    ...cloud,
    reporter: told,
    signal,
    parallel: 2,
    supplies: prepareSupplies({ cacheDir: options.folder }),
    showHosts: () => told,
    failureOf: failed,
  };
  try {
    const status = await commands[command](run, options.argument ?? '');
    return { status: status ?? 0, told, code: '', message: '' };
  } catch (error) {
    const { exitCode, code, message } = failed(error, '');
    return { status: exitCode, told, code, message };
  }
}

function abortable(): { readonly signal: AbortSignal; readonly abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort(new Error('Ctrl-C')) };
}
