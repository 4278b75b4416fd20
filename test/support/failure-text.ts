import { inspect } from 'node:util';

/**
 * All that a failed test's error tells. Of a `SuppressedError` (what `await using` throws when clearing away fails after the test has)
 * that is the test's own failure first, then what clearing away ran into: neither shows by itself, and the second often follows from the first.
 */
export function failureText(error: unknown, colors = false): string {
  return failuresOf(error)
    .map((one) => inspect(one, { colors, depth: 4, breakLength: 130 }))
    .join('\nand then, clearing away: ');
}

/** The message of what failed first; '' of what is no error. */
export function failureMessage(error: unknown): string {
  const [first] = failuresOf(error);
  return first instanceof Error ? first.message : '';
}

/** In the order in which they happened. */
function failuresOf(error: unknown): unknown[] {
  if (!(error instanceof Error) || error.name !== 'SuppressedError') return [error];
  // From another process they come as plain errors with these properties.
  const { error: later, suppressed } = error as Error & { error?: unknown; suppressed?: unknown };
  return suppressed === undefined ? [error] : [...failuresOf(suppressed), ...failuresOf(later)];
}
