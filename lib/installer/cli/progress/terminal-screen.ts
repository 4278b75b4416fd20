import { redact } from '../../../common/secrets.ts';
import type { Screen } from './live-region.ts';

/** The terminal that standard output is. However the process ends, it gets its cursor back. */
export function terminalScreen(): Screen {
  const { stdout } = process;
  const giveBack = (): void => void stdout.write('\u001b[?25h');
  return {
    get columns() {
      return stdout.columns > 0 ? stdout.columns : 80;
    },
    get rows() {
      return stdout.rows > 0 ? stdout.rows : 24;
    },
    write: (text) => void stdout.write(redact(text)),
    showCursor: (shown) => {
      process.off('exit', giveBack);
      if (shown) return giveBack();
      process.on('exit', giveBack);
      stdout.write('\u001b[?25l');
    },
    onResize: (listener) => {
      stdout.on('resize', listener);
      return () => void stdout.off('resize', listener);
    },
  };
}

export interface Glyphs {
  readonly spinner: readonly string[];
  readonly done: string;
  readonly failed: string;
  readonly warned: string;
  readonly waiting: string;
  readonly ellipsis: string;
  /** What is done and what is left of a bar. */
  readonly full: string;
  readonly left: string;
  readonly separator: string;
}

const pretty: Glyphs = {
  spinner: ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'],
  done: '✔',
  failed: '✖',
  warned: '!',
  waiting: '·',
  ellipsis: '…',
  full: '━',
  left: '─',
  separator: '·',
};
const ascii: Glyphs = {
  spinner: ['|', '/', '-', '\\'],
  done: 'v',
  failed: 'x',
  warned: '!',
  waiting: '.',
  ellipsis: '~',
  full: '=',
  left: '.',
  separator: '-',
};

/** Plain ones where the locale says something other than UTF-8, and on the Linux console, whose font has no others. */
export function glyphsFor(env: Readonly<Record<string, string | undefined>>): Glyphs {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'];
  const isUtf8 = locale === undefined || locale === '' || /utf-?8/i.test(locale);
  return isUtf8 && env['TERM'] !== 'linux' ? pretty : ascii;
}
