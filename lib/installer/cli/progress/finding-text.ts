import { wrapWords } from '../../../common/terminal/wrap-words.ts';
import type { EventBody } from '../../progress-event.ts';
import { safe, type Paint } from './event-text.ts';

const LABELS = { ok: 'ok', warning: 'warning', failure: 'failed' } as const;
const COLOURS = { ok: 'good', warning: 'warn', failure: 'bad' } as const;
/** Cells of the columns before what was found: the level, and the longest name of a check. */
const [LEVEL, CHECK] = [8, 19];
/** What was found is given no less, however narrow the terminal. */
const NARROWEST = 30;

/** What a check found, as a row of a table: the level, the check, what it is, and below that the way out. */
export function findingText(event: Extract<EventBody, { event: 'finding' }>, paint: Paint, width: number): string {
  const { level, check, message, hint } = event;
  const label = paint[COLOURS[level]](LABELS[level]) + ' '.repeat(LEVEL - LABELS[level].length);
  const room = Math.max(NARROWEST, width - LEVEL - CHECK);
  const column = ' '.repeat(LEVEL + CHECK);
  const found = wrapWords(safe(message), room).replaceAll('\n', `\n${column}`);
  const out = hint === undefined ? [] : wrapWords(`  ${safe(hint)}`, room).split('\n');
  const lines = [`${label}${check.padEnd(CHECK - 1)} ${found}`, ...out.map((line) => `${column}${paint.dim(line)}`)];
  return lines.map((line) => `${line}\n`).join('');
}
