import { type ConfigPosition, sshConfigErrors } from './ssh-config-errors.ts';

/** One setting of an ssh configuration file. */
export interface ConfigLine extends ConfigPosition {
  /** In lower case: case does not count. */
  readonly keyword: string;
  /** Without quotes, never empty. */
  readonly args: readonly string[];
}

/** `Keyword value`, `Keyword=value` and `Keyword = value`; the keyword may be quoted. */
const setting = /^[ \t\r]*(?:"([^"]*)"|([^ \t\r="]+))[ \t\r]*(?:=[ \t\r]*)?(.*)$/s;

/**
 * Reads one line as OpenSSH does since 8.7: quotes of both kinds, backslashes before quotes, backslashes and spaces, and a `#` that begins a
 * word begins a comment. The npm package ssh-config was looked at: it knows no single quotes, cuts `a#b`, and tells no line of an error.
 * @throws OoError SSH_CONFIG_INVALID
 */
export function parseConfigLine(text: string, position: ConfigPosition): ConfigLine | undefined {
  const refuse = (why: string) => sshConfigErrors.SSH_CONFIG_INVALID(position, why);
  const trimmed = text.replace(/[ \t\r\n\f]+$/, '');
  if (/^[ \t\r]*(?:#|$)/.test(trimmed)) return undefined;
  const [, quoted, plain = '', rest = ''] = setting.exec(trimmed) ?? [];
  const keyword = (quoted ?? plain).toLowerCase();
  if (keyword === '') throw refuse('a line must begin with a keyword');
  const args = splitArguments(rest);
  if (args === undefined) throw refuse('a quote is not closed');
  if (args.length === 0) throw refuse(`${keyword} has no value`);
  if (args.includes('')) throw refuse(`${keyword} has an empty value`);
  return { ...position, keyword, args };
}

/** The words of a line, or undefined where a quote is not closed. */
export function splitArguments(text: string): string[] | undefined {
  const words: string[] = [];
  let at = 0;
  for (;;) {
    while (text[at] === ' ' || text[at] === '\t') at++;
    if (at >= text.length || text[at] === '#') return words;
    let word = '';
    let quote = '';
    for (; at < text.length; at++) {
      const char = text[at]!;
      if (char === '\\' && isEscapable(text[at + 1], quote)) word += text[++at];
      else if (quote === '' && (char === ' ' || char === '\t')) break;
      else if (quote === '' && (char === '"' || char === "'")) quote = char;
      else if (char === quote) quote = '';
      else word += char;
    }
    if (quote !== '') return undefined;
    words.push(word);
  }
}

function isEscapable(next: string | undefined, quote: string): boolean {
  return next === '"' || next === "'" || next === '\\' || (next === ' ' && quote === '');
}
