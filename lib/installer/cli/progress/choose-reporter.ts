import { redact } from '../../../common/secrets.ts';
import type { Reporter } from '../../progress-event.ts';
import type { GlobalFlags } from '../global-flags.ts';
import { colours, noColours } from './event-text.ts';
import { jsonReporter } from './json-reporter.ts';
import { plainReporter } from './plain-reporter.ts';
import { terminalReporter } from './terminal-reporter.ts';

/** The reporter that suits the flags and where standard output goes. */
export function chooseReporter(flags: GlobalFlags): Reporter {
  if (flags.json) return jsonReporter(write);
  const isTerminal = process.stdout.isTTY === true && process.env['TERM'] !== 'dumb' && process.env['CI'] === undefined;
  const paint = isTerminal && flags.color && process.env['NO_COLOR'] === undefined ? colours : noColours;
  const options = { out: write, err: (text: string) => void process.stderr.write(redact(text)), paint, verbose: flags.verbose };
  return isTerminal && !flags.verbose ? terminalReporter(options) : plainReporter(options);
}

/** Writes to standard output; registered secrets are taken out. */
export function write(text: string): void {
  process.stdout.write(redact(text));
}
