import { equals } from '../runtime/equality.ts';
import type { Frame } from '../runtime/frame.ts';
import { fn, type FunctionDeclaration } from '../types/declarations.ts';
import type { CelList } from '../values/list.ts';
import type { Value } from '../values/value.ts';

const has = (frame: Frame, list: CelList, value: Value): boolean => {
  for (let i = 0; i < list.size; i++) if (equals(frame, list.at(i), value)) return true;
  return false;
};

const containsAll = (frame: Frame, list: CelList, part: CelList): boolean => {
  for (let i = 0; i < part.size; i++) if (!has(frame, list, part.at(i))) return false;
  return true;
};

const intersects = (frame: Frame, a: CelList, b: CelList): boolean => {
  for (let i = 0; i < a.size; i++) if (has(frame, b, a.at(i))) return true;
  return false;
};

const product = (a: CelList, b: CelList): number => Math.max(1, a.size * b.size);

/** Lists as sets (cel-go's ext.Sets). */
export const SETS: readonly FunctionDeclaration[] = [
  fn('sets.contains(list(A), list(A)): bool', containsAll, product),
  fn('sets.intersects(list(A), list(A)): bool', intersects, product),
  fn(
    'sets.equivalent(list(A), list(A)): bool',
    (frame, a: CelList, b: CelList) => containsAll(frame, a, b) && containsAll(frame, b, a),
    (a: CelList, b: CelList) => 2 * product(a, b),
  ),
];
