import { redact } from '../../../common/secrets.ts';
import type { EventBody } from '../../progress-event.ts';
import { padEnd, padStart } from './cell-width.ts';
import { type Paint, safe, seconds } from './event-text.ts';
import type { Line } from './live-region.ts';
import type { Glyphs } from './terminal-screen.ts';

interface Row {
  readonly name: string;
  readonly title: string;
  state: 'waiting' | Extract<EventBody, { event: 'phase' }>['state'];
  /** ms, of the clock that `take` is given. */
  began: number;
  seconds: number;
  detail: string;
}

/** The phases of one host as lines: one each, from the first to the last, so that nothing moves while they run. */
export class HostBoard {
  readonly #rows: readonly Row[];
  readonly #paint: Paint;
  readonly #glyphs: Glyphs;

  constructor(phases: readonly { readonly name: string; readonly title: string }[], paint: Paint, glyphs: Glyphs) {
    this.#rows = phases.map(({ name, title }) => ({ name, title, state: 'waiting', began: 0, seconds: 0, detail: '' }));
    this.#paint = paint;
    this.#glyphs = glyphs;
  }

  take(event: EventBody, now: number): void {
    if (event.event !== 'phase' && event.event !== 'change' && event.event !== 'progress') return;
    const row = this.#rows.find(({ name }) => name === event.phase);
    if (row === undefined) return;
    if (event.event === 'phase') {
      row.state = event.state;
      row.seconds = event.seconds;
      row.began = now;
      row.detail = '';
    } else row.detail = detailOf(event.event === 'change' ? event.description : event.message);
  }

  lines(now: number): Line[] {
    const width = Math.max(...this.#rows.map(({ title }) => title.length));
    return this.#rows.map((row) => this.#line(row, width, now));
  }

  #line(row: Row, width: number, now: number): Line {
    const { dim, good, bad } = this.#paint;
    const { spinner, done, failed, waiting } = this.#glyphs;
    const title = `${padEnd(row.title, width)}  `;
    const took = (text: string) => ({ text: padStart(text, 6), paint: dim });
    switch (row.state) {
      case 'waiting':
        return [{ text: ` ${waiting} ${title.trimEnd()}`, paint: dim }];
      case 'running':
        return [
          { text: ` ${frameOf(spinner, now)} ` },
          { text: title },
          took(runningSeconds(now - row.began)),
          { text: row.detail === '' ? '' : `  ${row.detail}`, paint: dim },
        ];
      case 'done':
        return [{ text: ` ${done} `, paint: good }, { text: title }, took(seconds(row.seconds))];
      case 'failed':
        return [{ text: ` ${failed} `, paint: bad }, { text: title }, took(seconds(row.seconds))];
      case 'unchanged':
      case 'skipped':
        return [
          { text: ` ${done} `, paint: row.state === 'unchanged' ? good : dim },
          { text: title },
          { text: row.state === 'unchanged' ? 'there already' : 'not needed', paint: dim },
        ];
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

/** Spinners turn ten times a second. */
export function frameOf(spinner: readonly string[], now: number): string {
  return spinner[Math.floor(now / 100) % spinner.length]!;
}
