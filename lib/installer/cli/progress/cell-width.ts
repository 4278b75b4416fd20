import cliTruncate from 'cli-truncate';
import stringWidth from 'string-width';

// A width may be Infinity: where there is no terminal, nothing is cut.

/** Cells of a terminal that the text takes: wide characters take two, colours and marks none. */
export function cellWidth(text: string): number {
  return stringWidth(text);
}

/** The text in at most `width` cells of a terminal: what is cut off at its end is told by an ellipsis. Colours may be in it. */
export function truncateEnd(text: string, width: number, ellipsis: string): string {
  return width === Infinity ? text : cliTruncate(text, width, { truncationCharacter: ellipsis });
}

/** The same, cut in the middle: names of hosts differ at both ends. */
export function truncateMiddle(text: string, width: number, ellipsis: string): string {
  return width === Infinity ? text : cliTruncate(text, width, { truncationCharacter: ellipsis, position: 'middle' });
}

/** The text, padded to `width` cells. */
export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - cellWidth(text)));
}

/** Fills up with blanks on the left, to so many cells of a terminal. */
export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - cellWidth(text))) + text;
}
