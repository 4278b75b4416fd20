import type { EventBody } from '../../progress-event.ts';
import { cellWidth, padEnd, padStart, truncateEnd, truncateMiddle } from './cell-width.ts';
import { type Paint, seconds } from './event-text.ts';
import type { Glyphs } from './glyphs.ts';
import { statusTable } from './status-table.ts';

type Summary = Extract<EventBody, { event: 'summary' }>;

/** Outcomes after which somebody should look. */
const halfWell: ReadonlySet<string> = new Set(['partly-uninstalled', 'starting', 'stopped']);
/** A name of a host keeps this many cells, however little room there is. */
const shortestHost = 12;

/** What became of each host, in at most `width` cells: names give way first, then the last column. */
export function summaryTable(summary: Summary, options: { paint: Paint; glyphs: Glyphs; width: number }): string {
  const { paint, glyphs, width } = options;
  if (summary.command === 'status') return `\n${statusTable(summary.hosts, options)}\n${totals(summary, paint)}\n`;
  const rows = summary.hosts.map((row) => ({
    ...row,
    time: seconds(row.seconds),
    changed: String(row.changes),
    last: row.code === undefined ? (row.api ?? '') : `${row.code} (${row.exitCode})`,
  }));
  const widest = (title: string, values: readonly string[]) => Math.max(...[title, ...values].map(cellWidth));
  const outcome = widest(
    'OUTCOME',
    rows.map(({ outcome }) => outcome),
  );
  const time = widest(
    'TIME',
    rows.map(({ time }) => time),
  );
  const changes = widest(
    'CHANGES',
    rows.map(({ changed }) => changed),
  );
  const last = widest(
    '',
    rows.map(({ last }) => last),
  );
  const fixed = 3 + outcome + time + changes + 2 * 4;
  const wanted = widest(
    'HOST',
    rows.map(({ host }) => host),
  );
  const host = Math.max(Math.min(wanted, shortestHost), Math.min(wanted, width - fixed - last));
  const lastRoom = Math.max(0, width - fixed - host);
  const line = (cells: readonly string[]) => cells.join('  ').trimEnd();
  const header = line([
    `   ${padEnd('HOST', host)}`,
    padEnd('OUTCOME', outcome),
    padStart('TIME', time),
    padStart('CHANGES', changes),
    rows.some(({ api }) => api !== undefined) ? 'API' : '',
  ]);
  const body = rows.map((row) => {
    const colour = row.exitCode !== 0 ? paint.bad : halfWell.has(row.outcome) ? paint.warn : paint.good;
    const glyph = row.exitCode !== 0 ? glyphs.failed : halfWell.has(row.outcome) ? glyphs.warned : glyphs.done;
    return line([
      ` ${colour(glyph)} ${padEnd(truncateMiddle(row.host, host, glyphs.ellipsis), host)}`,
      colour(padEnd(row.outcome, outcome)),
      padStart(row.time, time),
      padStart(row.changed, changes),
      truncateEnd(row.last, lastRoom, glyphs.ellipsis),
    ]);
  });
  return `\n${paint.dim(header)}\n${body.join('\n')}\n\n${totals(summary, paint)}\n`;
}

function totals({ succeeded, failed, seconds: took, exitCode }: Summary, paint: Paint): string {
  const total = succeeded + failed;
  const time = paint.dim(`(${seconds(took)})`);
  if (failed === 0) return `${paint.good(total === 1 ? 'The one host succeeded.' : `All ${total} hosts succeeded.`)} ${time}`;
  return `${paint.bad(`${failed} of ${total} hosts failed.`)} ${time} ${paint.dim(`exit status ${exitCode}`)}`;
}
