import { redact } from '../../../common/secrets.ts';
import type { EventBody } from '../../progress-event.ts';
import { padEnd, padStart, truncateEnd } from './cell-width.ts';
import { type Paint, safe, seconds } from './event-text.ts';
import type { Glyphs } from './glyphs.ts';

export type PhasePlan = readonly { readonly name: string; readonly title: string }[];

interface Row {
  readonly name: string;
  readonly title: string;
  state: 'waiting' | Extract<EventBody, { event: 'phase' }>['state'];
  /** ms, of the clock that `take` is given. */
  began: number;
  seconds: number;
  detail: string;
}

/** The phases of one host: what is to be said about each, in columns, so that nothing moves while they run. */
export class HostBoard {
  readonly #rows: readonly Row[];
  readonly #paint: Paint;
  readonly #glyphs: Glyphs;
  readonly #width: number;

  constructor(phases: PhasePlan, paint: Paint, glyphs: Glyphs) {
    this.#rows = phases.map(({ name, title }) => ({ name, title, state: 'waiting', began: 0, seconds: 0, detail: '' }));
    this.#width = Math.max(...phases.map(({ title }) => title.length));
    this.#paint = paint;
    this.#glyphs = glyphs;
  }

  take(event: Extract<EventBody, { event: 'phase' | 'change' | 'progress' }>, now: number): void {
    const row = this.#rows.find(({ name }) => name === event.phase);
    if (row === undefined) return;
    if (event.event === 'phase') Object.assign(row, { state: event.state, seconds: event.seconds, began: now, detail: '' });
    else row.detail = detailOf(event.event === 'change' ? event.description : event.message);
  }

  isRunning(name: string): boolean {
    return this.#rows.some((row) => row.name === name && row.state === 'running');
  }

  /** A phase in at most `width` cells. */
  line(name: string, width: number, now: number): string {
    const row = this.#rows.find((row) => row.name === name)!;
    const { dim } = this.#paint;
    const title = padEnd(row.title, this.#width);
    const after = (text: string): string => truncateEnd(`${title}  ${dim(text)}`, width, this.#glyphs.ellipsis);
    switch (row.state) {
      case 'waiting':
        return dim(row.title);
      case 'running':
        return after(`${padStart(runningSeconds(now - row.began), 6)}${row.detail === '' ? '' : `  ${row.detail}`}`);
      case 'done':
      case 'failed':
        return after(padStart(seconds(row.seconds), 6));
      case 'unchanged':
        return after('there already');
      case 'skipped':
        return after('not needed');
    }
  }
}

/** The first line of what a server says, safe to draw. */
export function detailOf(text: string): string {
  return safe(redact(text)).split('\n')[0]!.trim();
}

/** Whole seconds, from the second one on: a display that is read rests. */
export function runningSeconds(milliseconds: number): string {
  return milliseconds < 2_000 ? '' : `${Math.floor(milliseconds / 1_000)} s`;
}
