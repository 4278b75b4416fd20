import type { EventBody, Reporter } from '../../progress-event.ts';
import { Drawing } from './drawing.ts';
import { detailOf, frameOf, HostBoard } from './host-board.ts';
import type { Line, Screen } from './live-region.ts';
import { plainReporter, type PlainOptions } from './plain-reporter.ts';
import type { Glyphs } from './terminal-screen.ts';

export interface TerminalOptions extends PlainOptions {
  readonly screen: Screen;
  readonly glyphs: Glyphs;
  readonly now: () => number;
}

/**
 * One host on a terminal: its phases are drawn while they run. Before there are any, and in commands that have none, plain lines go by
 * above one that tells that something is being done.
 */
export function terminalReporter(options: TerminalOptions): Reporter {
  const { screen, glyphs, paint, now } = options;
  const around = (write: (text: string) => void) => (text: string) => {
    if (drawing === undefined) write(text);
    else drawing.above(() => write(text));
  };
  const plain = plainReporter({ ...options, out: around(options.out), err: around(options.err) });
  let drawing: Drawing | undefined;
  let board: HostBoard | undefined;
  let dryRun = false;
  let activity = '';
  /** What must not be drawn over is said when the list has ended. */
  const held: EventBody[] = [];
  const activityLine = (time: number): Line => [
    { text: ` ${frameOf(glyphs.spinner, time)} ` },
    { text: activity, paint: paint.dim },
  ];
  const lines = (time: number): readonly Line[] => board?.lines(time) ?? [activityLine(time)];

  return {
    plan: (_host, phases) => {
      // What a dry run tells is there to be read afterwards.
      if (!dryRun) board = new HostBoard(phases, paint, glyphs);
      drawing?.update();
    },
    report: (event) => {
      if (event.event === 'started') {
        dryRun = event.dryRun;
        activity = `looking at ${event.host}`;
        drawing ??= new Drawing({ screen, ellipsis: glyphs.ellipsis, now, lines });
      } else if (event.event === 'change') activity = detailOf(event.description);
      else if (event.event === 'progress') activity = detailOf(event.message);
      if (board === undefined) {
        plain.report(event);
        return drawing?.update();
      }
      if (event.event === 'phase' || event.event === 'change' || event.event === 'progress') {
        board.take(event, now());
        drawing?.update();
      } else held.push(event);
    },
    pause: () => drawing?.pause(),
    resume: () => drawing?.resume(),
    aside: (text) => (drawing === undefined ? options.err(text) : drawing.above(() => options.err(text))),
    close: async () => {
      drawing?.end(board !== undefined);
      drawing = undefined;
      board = undefined;
      for (const event of held.splice(0)) plain.report(event);
    },
  };
}
