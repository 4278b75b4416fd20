import { stripVTControlCharacters } from 'node:util';
import { cellWidth } from './cell-width.ts';

/** Breaks lines that are too long between words, and indents what follows as the line is, two further. Colours may be in it. */
export function wrapWords(text: string, width: number): string {
  if (!Number.isFinite(width)) return text;
  return text
    .split('\n')
    .flatMap((line) => wrapLine(line, Math.max(20, width)))
    .join('\n');
}

function wrapLine(line: string, width: number): string[] {
  const cells = (part: string) => cellWidth(stripVTControlCharacters(part));
  if (cells(line) <= width) return [line];
  const indent = ' '.repeat(Math.min(/^ */.exec(line)![0].length + 2, width / 2));
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(/(?<=[^ ]) (?=[^ ])/)) {
    if (current !== '' && cells(current) + 1 + cells(word) > width) {
      lines.push(current);
      current = `${indent}${word}`;
    } else current = current === '' ? word : `${current} ${word}`;
  }
  return [...lines, current];
}
