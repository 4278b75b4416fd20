/** A value cannot go into a configuration. The message is for the owner of the route. */
export class UnfitError extends Error {}

const WORD = /^[A-Za-z0-9._:@/-]{1,512}$/;

/**
 * The text, when it is one word that means nothing to HAProxy but itself: no white space, quote, backslash, `#`, `$` or `%`. Every value that
 * comes from an object passes through here, validated before or not. Throws an UnfitError.
 */
export function word(text: string | number): string {
  const value = String(text);
  if (!WORD.test(value)) throw new UnfitError(`${JSON.stringify(value.slice(0, 64))} cannot be part of a configuration`);
  return value;
}

const MAP_KEY = /^[a-z0-9][\x21-\x7e]{0,2048}$/;

/** A key of a map file: up to the first white space a line's text is taken as it is. Throws an UnfitError. */
export function mapKey(text: string): string {
  if (!MAP_KEY.test(text)) throw new UnfitError(`${JSON.stringify(text.slice(0, 64))} cannot be looked up`);
  return text;
}
