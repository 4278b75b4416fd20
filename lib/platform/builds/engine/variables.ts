import type { Variable } from './build-engine.ts';

/** As an engine takes them, each name once: the last value wins, where the first one stood. */
export function environmentOf(list: readonly Variable[]): string[] {
  return [...new Map(list.map(({ name, value }) => [name, value]))].map(([name, value]) => `${name}=${value}`);
}

/** `NAME=VALUE` texts as an image has them. */
export const variables = (texts: readonly string[]): Variable[] =>
  texts.map((text) => {
    const equals = text.indexOf('=');
    return equals === -1 ? { name: text, value: '' } : { name: text.slice(0, equals), value: text.slice(equals + 1) };
  });
