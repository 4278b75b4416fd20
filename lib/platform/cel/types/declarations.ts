import type { Frame } from '../runtime/frame.ts';
import type { Value } from '../values/value.ts';
import { parseType } from './parse-type.ts';
import type { CelType } from './type.ts';

/** What a function does. Its arguments are of the overload's types; errors are values. */
// oxlint-disable-next-line typescript/no-explicit-any -- each implementation names the types of its own signature
export type Implementation = (frame: Frame, ...args: any[]) => Value;
// oxlint-disable-next-line typescript/no-explicit-any -- the same arguments
export type CallCost = (...args: any[]) => number;

/** One signature of a function. */
export interface Overload {
  readonly method: boolean;
  /** The receiver of a method comes first. */
  readonly params: readonly CelType[];
  readonly result: CelType;
  readonly run: Implementation;
  /** What a call costs, before it is made. @default 1 */
  readonly cost?: CallCost;
  /** Names of the result's type parameters are its own. */
  readonly generic: boolean;
}

export interface FunctionDeclaration {
  readonly name: string;
  readonly overloads: readonly Overload[];
}

/** A function with one signature, as one text: `<list(A)>.sum(): A` is a method, `size(string): int` is none. */
export function fn(signature: string, run: Implementation, cost?: CallCost): FunctionDeclaration {
  const match = SIGNATURE.exec(signature);
  if (match === null) throw new TypeError(`not a signature: ${signature}`);
  const [, receiver, name, args, result] = match as unknown as [string, string | undefined, string, string, string];
  const params = [...(receiver === undefined ? [] : [receiver]), ...splitTopLevel(args)].map(parseType);
  const overload: Overload = {
    method: receiver !== undefined,
    params,
    result: parseType(result),
    run,
    generic: /\b[A-Z]\b/.test(signature),
    ...(cost === undefined ? {} : { cost }),
  };
  return { name, overloads: [overload] };
}

const SIGNATURE = /^(?:<([^>]+)>\.)?([^\s(]+)\((.*)\): (.+)$/;

function splitTopLevel(text: string): string[] {
  if (text.trim() === '') return [];
  const parts: string[] = [''];
  let depth = 0;
  for (const character of text) {
    if (character === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += character;
    if (character === '(') depth++;
    if (character === ')') depth--;
  }
  return parts.map((part) => part.trim());
}

/** All overloads of each name together. */
export function functionTable(declarations: Iterable<FunctionDeclaration>): ReadonlyMap<string, readonly Overload[]> {
  const table = new Map<string, Overload[]>();
  for (const { name, overloads } of declarations) table.set(name, [...(table.get(name) ?? []), ...overloads]);
  return table;
}
