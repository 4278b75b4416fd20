import { InvalidArgumentError } from 'commander';
import { type LogSource, logSources } from '../../commands/log-sources.ts';
import type { LogFlags } from '../../commands/logs.ts';
import { defineHostCommand } from '../define-command.ts';

export const logsCommand = defineHostCommand<LogFlags>({
  name: 'logs',
  summary: 'print the log of OpenShift, of Docker or of the agent',
  examples: [
    ['oo-install logs localhost', 'the last 100 lines'],
    ['oo-install logs localhost --follow', 'and those to come, until Ctrl-C'],
    ['oo-install logs localhost --unit docker -n 20', 'of Docker, the last 20 lines'],
    ['oo-install logs localhost --verbose', 'as it is written, in JSON; so it is into a pipe'],
  ],
  options: [
    { flags: '-f, --follow', description: 'go on with the lines to come' },
    { flags: '-n, --lines <number>', description: 'how many of the last lines', parse: countOf, default: 100 },
    {
      flags: '-u, --unit <name>',
      description: `${logSources.join(', ')}`,
      parse: sourceOf,
      choices: logSources,
      default: 'openshift',
    },
  ],
  onlyLooks: true,
  needsRoot: () => true,
  printsLines: true,
  run: async (session, flags) => (await import('../../commands/logs.ts')).logs(session, flags),
});

function countOf(text: string): number {
  const count = /^\d{1,6}$/.test(text) ? Number(text) : NaN;
  if (Number.isNaN(count)) throw new InvalidArgumentError('It must be a number from 0 to 999999.');
  return count;
}

function sourceOf(text: string): LogSource {
  const source = logSources.find((name) => name === text);
  if (source === undefined) throw new InvalidArgumentError(`It must be one of ${logSources.join(', ')}.`);
  return source;
}
