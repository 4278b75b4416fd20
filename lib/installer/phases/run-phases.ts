import type { Reporter } from '../progress-event.ts';
import type { Host } from '../transport/host.ts';
import type { InstallContext } from './context.ts';
import type { Phase } from './define-phase.ts';

/** Which phase runs: the journal and the events name it. */
export interface Progress {
  phase: string;
}

/** Runs phases in their order: those that this host needs and that are not done. The first error ends it; running again goes on. */
export async function runPhases(
  phases: readonly Phase[],
  host: Host,
  context: InstallContext,
  options: { reporter: Reporter; progress: Progress; signal?: AbortSignal },
): Promise<void> {
  const { reporter, progress, signal } = options;
  reporter.plan(host.name, phases);
  for (const phase of phases) {
    signal?.throwIfAborted();
    const begin = performance.now();
    progress.phase = phase.name;
    const tell = (state: 'running' | 'done' | 'unchanged' | 'skipped' | 'failed') =>
      reporter.report({
        event: 'phase',
        host: host.name,
        phase: phase.name,
        title: phase.title,
        state,
        seconds: Math.round(performance.now() - begin) / 1000,
      });
    if ((await phase.select?.(context)) === false) {
      tell('skipped');
      continue;
    }
    tell('running');
    try {
      if (await phase.isDone(host, context)) tell('unchanged');
      else {
        await phase.apply(host, context);
        tell('done');
      }
    } catch (error) {
      tell('failed');
      throw error;
    }
  }
  progress.phase = '';
}
