import type { EventBody } from '../../progress-event.ts';
import { padEnd, padStart, truncateEnd, truncateMiddle } from './cell-width.ts';
import type { Paint } from './event-text.ts';
import type { Glyphs } from './glyphs.ts';
import { detailOf, type PhasePlan, runningSeconds } from './host-board.ts';

interface Row {
  readonly host: string;
  state: 'waiting' | 'working' | 'done' | 'failed';
  /** What it does, or what became of it. */
  text: string;
  detail: string;
  phases: PhasePlan;
  /** How many of them are over. */
  passed: number;
  began: number;
  /** When the present phase began: who is slow is told by it. */
  phaseBegan: number;
  ended: number | undefined;
}

/** Cells of the bar, of the longest title of a phase, and of everything beside that and the name of the host. */
const barWidth = 9;
const phaseWidth = 33;
const besides = 2 + 2 + barWidth + 7;
/** Names are cut down to this, however narrow the terminal is. */
const shortestHost = 16;
/** Wider terminals get no wider table: the eye could not follow a row. */
const widest = 110;
/** ms after which a phase is slow, and its last words are shown. */
const slow = 3_000;

/** Several hosts: what is to be said about each, in columns, and below them how many are where, and what the slowest one says. */
export class FleetBoard {
  readonly #rows: readonly Row[];
  readonly #paint: Paint;
  readonly #glyphs: Glyphs;
  readonly #began: number;

  constructor(hosts: readonly string[], paint: Paint, glyphs: Glyphs, now: number) {
    const empty = {
      state: 'waiting',
      text: '',
      detail: '',
      phases: [],
      passed: 0,
      began: 0,
      phaseBegan: 0,
      ended: undefined,
    } as const;
    this.#rows = hosts.map((host) => ({ ...empty, host }));
    this.#paint = paint;
    this.#glyphs = glyphs;
    this.#began = now;
  }

  plan(host: string, phases: PhasePlan): void {
    const row = this.#rows.find((row) => row.host === host);
    if (row !== undefined) row.phases = phases;
  }

  take(event: EventBody, now: number): void {
    const row = this.#rows.find(({ host }) => host === event.host);
    if (row === undefined || row.ended !== undefined) return;
    const begin = (text: string): void => {
      if (row.state === 'waiting') row.began = now;
      Object.assign(row, { state: 'working', text, detail: '', phaseBegan: now });
    };
    const end = (state: 'done' | 'failed', text: string): void => {
      if (row.state === 'waiting') row.began = now;
      Object.assign(row, { state, text, detail: '', ended: now });
    };
    switch (event.event) {
      case 'started':
        return begin('connect and look');
      case 'phase':
        if (event.state === 'running') begin(event.title);
        else if (event.state !== 'failed') row.passed++;
        return;
      case 'change':
        if (row.phases.length === 0) begin(detailOf(event.description));
        else row.detail = detailOf(event.description);
        return;
      case 'progress':
        row.detail = detailOf(event.message);
        return;
      case 'result':
        return end('done', event.outcome);
      case 'status':
        return end('done', event.platform);
      case 'failed':
        return end('failed', event.code);
      default:
    }
  }

  /** What there is to say about a host in `width` cells. Empty where only those that are at work or have failed find room. */
  line(host: string, width: number, rows: number, now: number): string {
    const row = this.#rows.find((row) => row.host === host);
    if (row === undefined || (this.#isCrowded(rows) && !needsEyes(row))) return '';
    const { dim, bad } = this.#paint;
    const { ellipsis } = this.#glyphs;
    const room = Math.min(width, widest);
    const longest = Math.max(...this.#rows.map(({ host }) => host.length));
    const hostWidth = Math.min(longest, Math.max(shortestHost, room - besides - phaseWidth));
    const name = padEnd(truncateMiddle(row.host, hostWidth, ellipsis), hostWidth);
    if (row.state === 'waiting') return dim(name);
    const textWidth = Math.max(0, room - besides - hostWidth);
    const text = padEnd(truncateEnd(row.text, textWidth, ellipsis), textWidth);
    const colour = { working: (text: string) => text, done: dim, failed: bad }[row.state];
    const bar = row.state === 'working' ? this.#bar(row) : ' '.repeat(barWidth);
    const time = padStart(runningSeconds((row.ended ?? now) - row.began), 7);
    return truncateEnd(`${name}  ${colour(text)}  ${bar}${dim(time)}`, room, ellipsis);
  }

  /** How many hosts are where, and what the slowest one says: two lines below the names, as wide as the rows. */
  footer(width: number, rows: number, now: number): string {
    const room = Math.min(width, widest);
    const count = (state: Row['state']) => this.#rows.filter((row) => row.state === state).length;
    const words = { working: 'at work', done: 'done', failed: 'failed', waiting: 'waiting' } as const;
    const counts = (['working', 'done', 'failed', 'waiting'] as const)
      .filter((state) => count(state) > 0)
      .map((state) => `${count(state)} ${words[state]}`);
    const hidden = this.#isCrowded(rows) ? this.#rows.filter((row) => !needsEyes(row)).length : 0;
    const text = `${counts.join(', ')}${hidden > 0 ? ` (${hidden} not shown)` : ''}`;
    const { dim } = this.#paint;
    const { ellipsis } = this.#glyphs;
    const time = runningSeconds(now - this.#began);
    const line = padEnd(truncateEnd(text, room - time.length - 1, ellipsis), room - time.length) + dim(time);
    const slowest = truncateEnd(this.#slowest(now), room, ellipsis);
    return slowest === '' ? `   ${line}` : `   ${line}\n   ${dim(slowest)}`;
  }

  /** Below the hosts are an empty line, the footer and the row in which the cursor rests. */
  #isCrowded(rows: number): boolean {
    return this.#rows.length > rows - 4;
  }

  #bar({ phases, passed }: Row): string {
    if (phases.length === 0) return ' '.repeat(barWidth);
    const cells = Math.min(barWidth, Math.round((passed / phases.length) * barWidth));
    const { full, left } = this.#glyphs;
    return this.#paint.good(full.repeat(cells)) + this.#paint.dim(left.repeat(barWidth - cells));
  }

  #slowest(now: number): string {
    const [row] = this.#rows
      .filter(({ state, detail, phaseBegan }) => state === 'working' && detail !== '' && now - phaseBegan >= slow)
      .toSorted((a, b) => a.phaseBegan - b.phaseBegan);
    return row === undefined ? '' : `${row.host}: ${row.detail}`;
  }
}

function needsEyes({ state }: Row): boolean {
  return state === 'working' || state === 'failed';
}
