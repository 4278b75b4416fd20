import { limitHosts } from '../fleet/limit-hosts.ts';
import { runFleet } from '../fleet/run-fleet.ts';
import { summarize } from '../fleet/summarize.ts';
import { labErrors } from './lab-errors.ts';
import { labFleet } from './lab-fleet.ts';
import { type LabRun, lookingContext, resumable } from './lab-run.ts';
import { requireState } from './state/open-state.ts';

/**
 * Runs a program as root on the lab's hosts, or on those that `limit` names, and tells every line of what it writes under the name of its host.
 * Answers the highest status that it ended with, or the exit status of a failure on the way there, which is worse.
 * @throws OoError LAB_NO_SUCH_HOST, LIMIT_MATCHES_NOTHING
 */
export async function labExec(run: LabRun, name: string, argv: readonly string[], limit: readonly string[]): Promise<number> {
  const state = await requireState(name);
  const context = lookingContext(run, state.lab, state);
  const found = await resumable(run, 'lab exec', () => run.provider.hosts(context));
  const running = limitHosts(
    found.filter((host) => host.state === 'running'),
    limit,
  );
  const fleet = labFleet(running, state, run.signal);
  if (fleet.length === 0) throw labErrors.LAB_NO_SUCH_HOST(name);
  const reporter = run.showHosts(fleet.map((host) => host.name));
  let worst = 0;
  try {
    const rows = await runFleet(fleet, {
      ...run,
      reporter,
      run: async (host) => {
        const own = fleet.find((one) => one.name === host.name)!;
        const lines = lineTeller((line) => reporter.report({ event: 'log', host: host.name, line }));
        const status = await run.work.exec(own, { argv, onOutput: lines.feed });
        lines.end();
        worst = Math.max(worst, status);
        if (status !== 0) throw labErrors.LAB_COMMAND_FAILED(argv[0]!, status);
      },
    });
    const failures = rows.filter(({ code }) => code !== undefined && code !== 'LAB_COMMAND_FAILED');
    return failures.length > 0 ? summarize('lab exec', failures, 0).exitCode : worst;
  } finally {
    await reporter.close();
  }
}

/** Makes lines of what two streams write; a last line without an end is one too. */
function lineTeller(tell: (line: string) => void): {
  readonly feed: (stream: 'stdout' | 'stderr', text: string) => void;
  readonly end: () => void;
} {
  const rest = { stdout: '', stderr: '' };
  return {
    feed: (stream, text) => {
      const lines = `${rest[stream]}${text}`.split('\n');
      rest[stream] = lines.pop()!;
      for (const line of lines) tell(line.replace(/\r$/, ''));
    },
    end: () => {
      for (const line of Object.values(rest)) if (line !== '') tell(line);
    },
  };
}
