import { crossTraversal, regexSearch, traversal } from '../runtime/cost.ts';
import type { Frame } from '../runtime/frame.ts';
import { fn, type FunctionDeclaration, type Implementation } from '../types/declarations.ts';
import type { CelList } from '../values/list.ts';
import type { CelMap } from '../values/map.ts';
import { CelError, type Value } from '../values/value.ts';
import { regex } from './regex.ts';

const hasSurrogates = (text: string): boolean => /[\ud800-\udfff]/.test(text);
/** Characters read in the time of one step of work. */
const PER_STEP = 16;

/** How many code points a text has. */
export function codePoints(frame: Frame, text: string): number {
  frame.work(text.length / PER_STEP);
  if (!hasSurrogates(text)) return text.length;
  let count = 0;
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) !== 0xdc00) count++;
  return count;
}

function matches(_frame: Frame, text: string, pattern: string): Value {
  const expression = regex(pattern);
  return typeof expression === 'string' ? new CelError(expression) : expression.matcher(text).find();
}

const size = (of: string, run: Implementation): FunctionDeclaration[] => [
  fn(`size(${of}): int`, run),
  fn(`<${of}>.size(): int`, run),
];

/** Texts and sizes of the specification. */
export const STRINGS: readonly FunctionDeclaration[] = [
  ...size('string', (frame, text: string) => BigInt(codePoints(frame, text))),
  ...size('bytes', (_frame, bytes: Uint8Array) => BigInt(bytes.length)),
  ...size('list(A)', (_frame, list: CelList) => BigInt(list.size)),
  ...size('map(A, B)', (_frame, map: CelMap) => BigInt(map.size)),
  fn('<string>.contains(string): bool', (_frame, text: string, part: string) => text.includes(part), crossTraversal),
  fn('<string>.startsWith(string): bool', (_frame, text: string, part: string) => text.startsWith(part), traversal),
  fn('<string>.endsWith(string): bool', (_frame, text: string, part: string) => text.endsWith(part), traversal),
  fn('<string>.matches(string): bool', matches, regexSearch),
  fn('matches(string, string): bool', matches, regexSearch),
];
