import { filesOf, type KubectlRun } from './kubectl-runs.ts';

// `list-kubectl-files.ts RUN`: what a run of test/run consists of, a file on each line.
process.stdout.write(`${filesOf(process.argv[2] as KubectlRun).join('\n')}\n`);
