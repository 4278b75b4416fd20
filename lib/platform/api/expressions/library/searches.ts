import { regex } from '../../../cel/library/regex.ts';
import { regexSearch } from '../../../cel/runtime/cost.ts';
import type { Frame } from '../../../cel/runtime/frame.ts';
import { fn, type FunctionDeclaration } from '../../../cel/types/declarations.ts';
import { ArrayList } from '../../../cel/values/list.ts';
import { CelError, type Value } from '../../../cel/values/value.ts';

const illegal = (why: string): CelError => new CelError(`Illegal regex: ${why}`);

function find(_frame: Frame, text: string, pattern: string): Value {
  const expression = regex(pattern);
  if (typeof expression === 'string') return illegal(expression);
  const matcher = expression.matcher(text);
  return matcher.find() ? (matcher.group() ?? '') : '';
}

function findAll(frame: Frame, text: string, pattern: string, limit = -1n): Value {
  const expression = regex(pattern);
  if (typeof expression === 'string') return illegal(expression);
  const matcher = expression.matcher(text);
  const found: Value[] = [];
  while ((limit < 0n || BigInt(found.length) < limit) && matcher.find()) {
    frame.work(1);
    found.push(matcher.group() ?? '');
  }
  return new ArrayList(found);
}

/** Searches with regular expressions (apiserver/pkg/cel/library/regex.go). */
export const SEARCHES: readonly FunctionDeclaration[] = [
  fn('<string>.find(string): string', find, regexSearch),
  fn('<string>.findAll(string): list(string)', findAll, regexSearch),
  fn('<string>.findAll(string, int): list(string)', findAll, regexSearch),
];
