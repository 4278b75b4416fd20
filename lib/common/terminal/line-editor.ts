import { StringDecoder } from 'node:string_decoder';

/** What became of a line that is being typed. */
export type LineState = 'open' | 'done' | 'interrupted' | 'ended';

/** Reads one line from a terminal in raw mode. */
export interface LineEditor {
  /** What was typed so far. */
  readonly text: string;
  /** Takes bytes of the terminal in, and answers what is to be drawn. Bytes after the end of the line are dropped. */
  feed(bytes: Buffer): { readonly state: LineState; readonly draw: string };
}

const longest = 4_096;
const eraseOne = '\b \b';

/**
 * Backspace, Ctrl-U, Ctrl-C and Ctrl-D as in a shell; keys that send escape sequences and other control characters do nothing. Without
 * `echo` nothing is drawn, not even how long the text is.
 */
export function lineEditor(options: { readonly echo: boolean }): LineEditor {
  const decoder = new StringDecoder('utf8');
  let typed: string[] = [];
  let escape = '';
  const show = (text: string) => (options.echo ? text : '');
  const take = (char: string): { state?: LineState; draw: string } => {
    if (escape !== '') {
      escape = continues(escape, char) ? escape + char : '';
      return { draw: '' };
    }
    switch (char) {
      case '\r':
      case '\n':
        return { state: 'done', draw: '' };
      case '\u0003':
        return { state: 'interrupted', draw: '' };
      case '\u0004':
        return typed.length === 0 ? { state: 'ended', draw: '' } : { draw: '' };
      case '\b':
      case '\u007f':
        return { draw: typed.pop() === undefined ? '' : show(eraseOne) };
      case '\u0015': {
        const draw = show(eraseOne.repeat(typed.length));
        typed = [];
        return { draw };
      }
      case '\u001b':
        escape = char;
        return { draw: '' };
      default:
        if (/[\u0000-\u001f\u0080-\u009f]/.test(char) || typed.length >= longest) return { draw: '' };
        typed.push(char);
        return { draw: show(char) };
    }
  };
  return {
    get text() {
      return typed.join('');
    },
    feed: (bytes) => {
      let drawn = '';
      for (const char of decoder.write(bytes)) {
        const { state, draw } = take(char);
        drawn += draw;
        if (state !== undefined) return { state, draw: drawn };
      }
      return { state: 'open', draw: drawn };
    },
  };
}

/** Whether a character belongs to the escape sequence before it and is not its last one (ECMA-48, section 5.4). */
function continues(sequence: string, char: string): boolean {
  if (sequence.length > 32) return false;
  if (sequence === '\u001b') return char === '[' || char === 'O';
  return sequence.startsWith('\u001b[') && /[\u0020-\u003f]/.test(char);
}
