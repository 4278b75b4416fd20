import { redact } from '../../../common/secrets.ts';
import { printable } from '../../../common/printable.ts';
import type { Reporter } from '../../progress-event.ts';
import { padEnd } from './cell-width.ts';
import { nextStepsOfAll } from './next-steps.ts';
import { plainReporter, type PlainOptions } from './plain-reporter.ts';
import { summaryTable } from './summary-table.ts';
import type { Glyphs } from './glyphs.ts';

export interface PrefixOptions extends PlainOptions {
  /** In their order. */
  readonly hosts: readonly string[];
  readonly glyphs: Glyphs;
  /** Cells that the summary may take. */
  readonly width: number;
}

/** Plain lines of several hosts: each begins with the name of its host. At the end, the summary. */
export function prefixReporter(options: PrefixOptions): Reporter {
  const { hosts, paint } = options;
  const width = Math.max(0, ...hosts.map((host) => host.length));
  const byHost = new Map<string, Reporter>();
  const reporterOf = (host: string): Reporter => {
    const prefix = host === '' ? '' : `${padEnd(printable(host), width)} ${paint.dim('|')} `;
    const prefixed = (write: (text: string) => void) => (text: string) => write(withPrefix(prefix, redact(text)));
    const known = byHost.get(host);
    if (known !== undefined) return known;
    const room = options.width - (host === '' ? 0 : width + 3);
    const own = { ...options, out: prefixed(options.out), err: prefixed(options.err), brief: true, width: room };
    const made = plainReporter(own);
    byHost.set(host, made);
    return made;
  };
  return {
    plan: () => undefined,
    report: (event) => {
      if (event.event === 'summary') options.out(`${summaryTable(event, options)}${nextStepsOfAll(event)}`);
      else reporterOf(event.host).report(event);
    },
    close: async () => undefined,
  };
}

function withPrefix(prefix: string, text: string): string {
  const lines = text.replace(/\n$/, '').split('\n');
  return lines.map((line) => `${`${prefix}${line}`.trimEnd()}\n`).join('');
}
