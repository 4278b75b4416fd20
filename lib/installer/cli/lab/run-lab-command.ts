import { OoError } from '../../../common/errors.ts';
import { ownCacheDir } from '../../artifacts/cache.ts';
import { sshHostWork } from '../../lab/host-work.ts';
import { labErrors } from '../../lab/lab-errors.ts';
import { type LabRun, tellTo } from '../../lab/lab-run.ts';
import { openProvider } from '../../lab/open-provider.ts';
import { requireState } from '../../lab/state/open-state.ts';
import { prepareSupplies } from '../../supplies.ts';
import { confirm } from '../confirm.ts';
import type { CommandContext } from '../define-command.ts';
import { failureOf } from '../failure.ts';
import { chooseReporter } from '../progress/choose-reporter.ts';
import { terminalPrompter } from '../terminal-prompter.ts';
import { meantLab, wantedLab } from './choose-lab.ts';
import type { LabCommand } from './define-lab-command.ts';
import type { LabFlags, WantedLabFlags } from './lab-flags.ts';

/** Runs a command of a lab, and answers the exit status. What goes wrong is told, never thrown. */
export async function runLabCommand<Flags extends LabFlags>(
  command: LabCommand<Flags>,
  { args, flags, write, signal }: CommandContext<Flags>,
): Promise<number> {
  const parallel = flags.parallel ?? 10;
  // Lines that begin with names: hosts and stacks are told of as they come, before it is known how many there are.
  const reporter = chooseReporter({ flags, hosts: ['', ''], parallel, plain: true });
  const failure = (error: unknown, host: string) =>
    failureOf(inLab(error, command.name, signal), host, { aborted: signal.aborted, verbose: flags.verbose });
  const prompter = terminalPrompter({ signal });
  const run = async (provider: LabRun['provider']['name']): Promise<LabRun> => ({
    provider: await openProvider(provider, { report: tellTo(reporter), signal }),
    work: sshHostWork,
    reporter,
    signal,
    parallel,
    expose: (flags as WantedLabFlags).expose ?? false,
    supplies: prepareSupplies({ cacheDir: ownCacheDir() }),
    showHosts: (hosts) => chooseReporter({ flags, hosts: [...hosts, ''], parallel, plain: command.printsLines ?? false }),
    failureOf: failure,
  });
  try {
    const status = await command.run({
      args,
      flags,
      write,
      meantLab: () => meantLab(flags),
      wantedLab: () => wantedLab(flags),
      run,
      runOf: async (name) => run((await requireState(name)).provider),
      confirm: (question) => confirm(question, flags, prompter),
    });
    return status ?? 0;
  } catch (error) {
    const event = failure(error, '');
    reporter.report(event);
    return event.exitCode;
  } finally {
    await reporter.close();
  }
}

/** Ctrl-C in a lab leaves it as it is; the way on is another than for single hosts. */
function inLab(error: unknown, command: string, signal: AbortSignal): unknown {
  if (!signal.aborted || (error instanceof OoError && error.failure === 'interrupted')) return error;
  return labErrors.LAB_INTERRUPTED(command, { cause: error });
}
