/**
 * What a terminal obeys or does not show: control characters, and those that change the direction of text or hide in it (Unicode, UAX #9).
 * What a person reads must be what is there.
 */
export const hidden = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** The text with a question mark for each of those. */
export function printable(text: string): string {
  return text.replace(hidden, '?');
}
