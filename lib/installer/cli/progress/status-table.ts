import type { EventBody } from '../../progress-event.ts';
import { cellWidth, padEnd, padStart, truncateEnd, truncateMiddle } from './cell-width.ts';
import type { Paint } from './event-text.ts';
import type { Glyphs } from './glyphs.ts';

type Row = Extract<EventBody, { event: 'summary' }>['hosts'][number];

/** A name of a host keeps this many cells, however little room there is. */
const shortestHost = 12;

/** What `status` found on each of several hosts, in at most `width` cells: names give way first, then the last column. */
export function statusTable(hosts: readonly Row[], options: { paint: Paint; glyphs: Glyphs; width: number }): string {
  const { paint, glyphs, width } = options;
  const rows = hosts.map((row) => ({
    row,
    state: row.exitCode === 0 ? row.outcome : 'unknown',
    version: row.version ?? '',
    pods: row.pods === undefined ? '' : String(row.pods),
    last: row.code === undefined ? (row.api ?? '') : `${row.code} (${row.exitCode})`,
  }));
  const widest = (title: string, values: readonly string[]): number => Math.max(...[title, ...values].map(cellWidth));
  const columns = {
    state: widest(
      'OPENSHIFT',
      rows.map(({ state }) => state),
    ),
    version: widest(
      'VERSION',
      rows.map(({ version }) => version),
    ),
    pods: widest(
      'PODS',
      rows.map(({ pods }) => pods),
    ),
    last: widest(
      '',
      rows.map(({ last }) => last),
    ),
  };
  const fixed = 3 + columns.state + columns.version + columns.pods + 2 * 4;
  const wanted = widest(
    'HOST',
    hosts.map(({ host }) => host),
  );
  const host = Math.max(Math.min(wanted, shortestHost), Math.min(wanted, width - fixed - columns.last));
  const lastRoom = Math.max(0, width - fixed - host);
  const line = (cells: readonly string[]): string => cells.join('  ').trimEnd();
  const header = line([
    `   ${padEnd('HOST', host)}`,
    padEnd('OPENSHIFT', columns.state),
    padEnd('VERSION', columns.version),
    padStart('PODS', columns.pods),
    'API',
  ]);
  const body = rows.map(({ row, state, version, pods, last }) => {
    const isReady = row.exitCode === 0 && row.outcome === 'ready';
    const colour = row.exitCode !== 0 ? paint.bad : isReady ? paint.good : paint.warn;
    const glyph = row.exitCode !== 0 ? glyphs.failed : isReady ? glyphs.done : glyphs.warned;
    return line([
      ` ${colour(glyph)} ${padEnd(truncateMiddle(row.host, host, glyphs.ellipsis), host)}`,
      colour(padEnd(state, columns.state)),
      padEnd(version, columns.version),
      padStart(pods, columns.pods),
      truncateEnd(last, lastRoom, glyphs.ellipsis),
    ]);
  });
  return `${paint.dim(header)}\n${body.join('\n')}\n`;
}
