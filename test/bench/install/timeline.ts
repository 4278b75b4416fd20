import { progressEvent } from '../../../lib/installer/progress-event.ts';
import { median } from '../harness.ts';

/** When a phase of a run began and how long it took, in s. */
interface Span {
  readonly begin: number;
  readonly seconds: number;
}

/** Collects the phases of runs from the lines of `--json`, over hosts and rounds. */
export class Timeline {
  readonly #spans = new Map<string, Span[]>();

  /** Of `oo-install HOST...` and of `oo-install lab up`. `began`: when the process was started, in ms since the epoch. */
  add(lines: string, began: number): void {
    let last = began;
    for (const line of lines.trim().split('\n')) {
      const event = progressEvent.safeParse(JSON.parse(line)).data;
      if (event === undefined) continue;
      const at = Date.parse(event.time);
      if (event.event === 'lab') this.#lab(event, began, at);
      if (event.event === 'phase' && event.state === 'running') this.#first('connect, probe, preflights', began, at, event.host);
      if (event.event === 'phase' && event.state === 'done') {
        this.#add(event.title, { begin: (at - began) / 1000 - event.seconds, seconds: event.seconds });
      }
      last = at;
    }
    this.#add('in all', { begin: 0, seconds: (last - began) / 1000 });
    this.#seen.clear();
    this.#begun.clear();
  }

  /** Medians, with a bar to scale: ten columns to the whole run would hide the short ones, so sixty. */
  format(): string {
    const rows = [...this.#spans].map(([title, spans]) => ({
      title,
      begin: median(spans.map(({ begin }) => begin)),
      seconds: median(spans.map(({ seconds }) => seconds)),
    }));
    rows.sort((a, b) => a.begin - b.begin || a.seconds - b.seconds);
    const whole = Math.max(...rows.map(({ begin, seconds }) => begin + seconds));
    const width = Math.max(...rows.map(({ title }) => title.length));
    return rows
      .map(({ title, begin, seconds }) => {
        const columns = (value: number): number => Math.round((value / whole) * 60);
        const bar = ' '.repeat(columns(begin)) + '#'.repeat(Math.max(1, columns(seconds)));
        return `  ${title.padEnd(width)}  ${begin.toFixed(2).padStart(6)}  ${seconds.toFixed(2).padStart(6)}  ${bar}`;
      })
      .join('\n');
  }

  readonly #seen = new Set<string>();
  /** When the making of a lab's host began, by its name. */
  readonly #begun = new Map<string, number>();

  /** A lab's hosts are told of by two lines: when each is begun, and when it answers. */
  #lab({ host, state }: { readonly host: string; readonly state: string }, began: number, at: number): void {
    if (host === '') return;
    const seconds = (at - began) / 1000;
    if (state === 'running') this.#begun.set(host, Math.min(seconds, this.#begun.get(host) ?? seconds));
    const begin = this.#begun.get(host);
    if (state === 'done' && begin !== undefined) this.#add('the provider: boot', { begin, seconds: seconds - begin });
  }

  #first(title: string, began: number, at: number, host: string): void {
    if (this.#seen.has(host)) return;
    this.#seen.add(host);
    this.#add(title, { begin: 0, seconds: (at - began) / 1000 });
  }

  #add(title: string, span: Span): void {
    this.#spans.set(title, [...(this.#spans.get(title) ?? []), span]);
  }
}
