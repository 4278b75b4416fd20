import type { EventBody } from '../../progress-event.ts';
import { padEnd, padStart, truncateEnd, truncateMiddle } from './cell-width.ts';
import type { Paint } from './event-text.ts';
import { detailOf, frameOf, runningSeconds } from './host-board.ts';
import type { Line, Span } from './live-region.ts';
import type { Glyphs } from './terminal-screen.ts';

interface Row {
  readonly host: string;
  state: 'waiting' | 'working' | 'done' | 'failed';
  /** What it does, or what became of it. */
  text: string;
  detail: string;
  phases: readonly { readonly name: string; readonly title: string }[];
  /** How many of them are over. */
  passed: number;
  began: number;
  /** When the present phase began: who is slow is told by it. */
  phaseBegan: number;
  ended: number | undefined;
}

/** Cells of the bar, of the longest title of a phase, and of everything beside that and the name of the host. */
const barWidth = 9;
const titleWidth = 33;
const besides = 3 + 2 + 2 + barWidth + 7;
/** Names are cut down to this, however narrow the terminal is. */
const shortestHost = 16;
/** Wider terminals get no wider table: the eye could not follow a row. */
const widest = 110;
/** ms after which a phase is slow, and its last words are shown. */
const slow = 3_000;

/** Several hosts as lines: one each, in their order, and below them how many are where, and what the slowest one says. */
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

  plan(host: string, phases: Row['phases']): void {
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

  /** Fewer than `rows` lines. Where there are more hosts than room, those that are done or wait are only counted. */
  lines(now: number, columns: number, rows: number): Line[] {
    const shown = this.#shown(Math.max(1, rows - 4));
    const width = Math.min(columns - 1, widest);
    const longest = Math.max(...this.#rows.map(({ host }) => host.length));
    const hostWidth = Math.min(longest, Math.max(shortestHost, width - besides - titleWidth));
    return [
      ...shown.map((row) => this.#line(row, hostWidth, width, now)),
      [],
      this.#footer(shown.length, width, now),
      [{ text: this.#slowest(now), paint: this.#paint.dim }],
    ];
  }

  #shown(room: number): readonly Row[] {
    if (this.#rows.length <= room) return this.#rows;
    const order = { working: 0, failed: 1, done: 2, waiting: 2 };
    const chosen = new Set(this.#rows.toSorted((a, b) => order[a.state] - order[b.state]).slice(0, room));
    return this.#rows.filter((row) => chosen.has(row));
  }

  #line(row: Row, hostWidth: number, width: number, now: number): Line {
    const { dim, good, bad } = this.#paint;
    const { spinner, done, failed, waiting, ellipsis } = this.#glyphs;
    const isWorking = row.state === 'working';
    const time = row.state === 'waiting' ? '' : runningSeconds((row.ended ?? now) - row.began);
    const textWidth = Math.max(0, width - besides - hostWidth);
    const glyph = { waiting, working: frameOf(spinner, now), done, failed }[row.state];
    const paint = { waiting: dim, working: undefined, done: good, failed: bad }[row.state];
    return [
      { text: ` ${glyph} `, paint },
      {
        text: padEnd(truncateMiddle(row.host, hostWidth, ellipsis), hostWidth),
        paint: row.state === 'waiting' ? dim : undefined,
      },
      {
        text: `  ${padEnd(truncateEnd(row.text, textWidth, ellipsis), textWidth)}  `,
        paint: row.state === 'failed' ? bad : isWorking ? undefined : dim,
      },
      ...(isWorking ? this.#bar(row) : [{ text: ' '.repeat(barWidth) }]),
      { text: padStart(time, 7), paint: dim },
    ];
  }

  #bar({ phases, passed }: Row): Span[] {
    if (phases.length === 0) return [{ text: ' '.repeat(barWidth) }];
    const cells = Math.min(barWidth, Math.round((passed / phases.length) * barWidth));
    const { full, left } = this.#glyphs;
    return [
      { text: full.repeat(cells), paint: this.#paint.good },
      { text: left.repeat(barWidth - cells), paint: this.#paint.dim },
    ];
  }

  #footer(shown: number, width: number, now: number): Line {
    const count = (state: Row['state']) => this.#rows.filter((row) => row.state === state).length;
    const words = { working: 'at work', done: 'done', failed: 'failed', waiting: 'waiting' } as const;
    const counts = (['working', 'done', 'failed', 'waiting'] as const)
      .filter((state) => count(state) > 0)
      .map((state) => `${count(state)} ${words[state]}`);
    const hidden = this.#rows.length - shown;
    const text = `   ${counts.join(', ')}${hidden > 0 ? ` (${hidden} not shown)` : ''}`;
    const time = runningSeconds(now - this.#began);
    return [{ text: padEnd(text, width - time.length) }, { text: time, paint: this.#paint.dim }];
  }

  #slowest(now: number): string {
    const [row] = this.#rows
      .filter(({ state, detail, phaseBegan }) => state === 'working' && detail !== '' && now - phaseBegan >= slow)
      .toSorted((a, b) => a.phaseBegan - b.phaseBegan);
    return row === undefined ? '' : `   ${row.host}: ${row.detail}`;
  }
}
