import { redact } from '../../../common/secrets.ts';
import type { Reporter } from '../../progress-event.ts';
import type { GlobalFlags, HostFlags } from '../global-flags.ts';
import { write } from '../write.ts';
import { colours, noColours } from './event-text.ts';
import { cleanedReporter } from './cleaned-reporter.ts';
import { fleetReporter } from './fleet-reporter.ts';
import { glyphsFor } from './glyphs.ts';
import { jsonReporter } from './json-reporter.ts';
import { plainReporter } from './plain-reporter.ts';
import { prefixReporter } from './prefix-reporter.ts';
import { terminalReporter } from './terminal-reporter.ts';

export interface ReporterChoice {
  readonly flags: GlobalFlags & Pick<HostFlags, 'dryRun'>;
  readonly hosts: readonly string[];
  /** How many of them are worked on at once. */
  readonly parallel: number;
  /** The command prints lines of its own: nothing is drawn. */
  readonly plain: boolean;
  /** Lines that it prints are of the logs that our own parts write, not of any program. @default false */
  readonly ownLogs?: boolean;
}

/** The reporter that suits the flags, how many hosts there are, and where standard output goes. */
export function chooseReporter(choice: ReporterChoice): Reporter {
  return choice.flags.json ? jsonReporter(write) : cleanedReporter(reporterForPeople(choice));
}

function reporterForPeople({ flags, hosts, parallel, plain, ownLogs = false }: ReporterChoice): Reporter {
  const isTerminal = process.stdout.isTTY === true && process.env['TERM'] !== 'dumb' && process.env['CI'] === undefined;
  // A terminal that has not been told its size yet (docker exec -t) says 0; a resize tells the real one.
  if (isTerminal && process.stdout.columns === 0) Object.assign(process.stdout, { columns: 80, rows: 24 });
  const paint = isTerminal && flags.color && process.env['NO_COLOR'] === undefined ? colours : noColours;
  const err = (text: string) => void process.stderr.write(redact(text));
  const glyphs = glyphsFor(process.env);
  const width = isTerminal ? process.stdout.columns - 1 : Infinity;
  const options = {
    out: write,
    err,
    paint,
    verbose: flags.verbose,
    glyphs,
    hosts,
    width,
    readable: isTerminal && ownLogs && !flags.verbose,
  };
  const draws = isTerminal && !flags.verbose && !plain;
  const drawn = { ...options, terminal: process, parallel, now: () => performance.now() };
  // What a dry run of several hosts tells is there to be read afterwards.
  if (hosts.length > 1) return draws && flags.dryRun !== true ? fleetReporter(drawn) : prefixReporter(drawn);
  return draws ? terminalReporter(drawn) : plainReporter(options);
}
