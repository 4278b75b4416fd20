import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';

/** No terminal is taken for narrower: a column of single words helps nobody. */
const narrowest = 20;

/**
 * Breaks lines that are too long between words, and indents what follows as the line is, two further. A word that is longer than a line
 * (a fingerprint, an address) stays whole, so that it can be copied. Colours may be in it.
 */
export function wrapWords(text: string, width: number): string {
  if (!Number.isFinite(width)) return text;
  return text
    .split('\n')
    .map((line) => wrapLine(line, Math.max(narrowest, width)))
    .join('\n');
}

function wrapLine(line: string, width: number): string {
  if (stringWidth(line) <= width) return line;
  const indent = ' '.repeat(Math.min(/^ */.exec(line)![0].length, width / 2));
  const wrapped = wrapAnsi(line.trim(), width - indent.length - 2).replaceAll('\n', `\n${indent}  `);
  // What is typed behind a question begins after its blank.
  return `${indent}${wrapped}${/ *$/.exec(line)![0]}`;
}
