/** What is drawn that is not text. */
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
