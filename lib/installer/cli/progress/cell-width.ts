/** East Asian wide and fullwidth characters (Unicode Standard Annex #11) and those that are emoji by default: two cells each. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
/** Marks that sit on the character before them, and those that are not seen. */
const invisible = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Cells of a terminal that the text takes. It holds no control characters. */
export function cellWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += widthOf(segment);
  return width;
}

/** The text in at most `width` cells: what is cut off at its end is told by an ellipsis. */
export function truncateEnd(text: string, width: number, ellipsis = '…'): string {
  if (cellWidth(text) <= width) return text;
  return `${headOf(text, width - cellWidth(ellipsis))}${width > 0 ? ellipsis : ''}`;
}

/** The same, cut in the middle: names of hosts differ at both ends. */
export function truncateMiddle(text: string, width: number, ellipsis = '…'): string {
  if (cellWidth(text) <= width) return text;
  const room = width - cellWidth(ellipsis);
  if (room < 2) return truncateEnd(text, width, ellipsis);
  const tail = [...text].slice(-Math.floor(room / 2)).join('');
  return `${headOf(text, room - cellWidth(tail))}${ellipsis}${tail}`;
}

/** The text, padded to `width` cells. */
export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - cellWidth(text)));
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - cellWidth(text))) + text;
}

function headOf(text: string, width: number): string {
  let head = '';
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    used += widthOf(segment);
    if (used > width) break;
    head += segment;
  }
  return head;
}

function widthOf(grapheme: string): number {
  if (wide.test(grapheme)) return 2;
  return invisible.test(grapheme) ? 0 : 1;
}
