import { isRecord } from '../store/json-value.ts';
import { type Atom, childAtom, deduced } from './atoms.ts';
import { goPrint } from '../../api/schema/go-print.ts';
import { fieldElement, itemElement, pathText, Unmergeable } from './path-element.ts';

/** More are no help, and grow the answer. */
const MAX_ERRORS = 20;

/**
 * What makes a configuration unfit to be applied, each with its path: fields that the type does not have, values of a wrong form, list items
 * that are there twice or lack their keys. Texts: structured-merge-diff typed validation.
 */
export function validateConfig(config: unknown, atom: Atom): string[] {
  const errors: string[] = [];
  validate(config, atom, [], errors);
  return errors.slice(0, MAX_ERRORS);
}

function validate(value: unknown, declared: Atom, path: readonly string[], errors: string[]): void {
  if (value === null || errors.length >= MAX_ERRORS) return;
  const atom = deduced(declared, value);
  if (atom.form === 'any') return;
  const fail = (text: string): void => void errors.push(path.length === 0 ? text : `${pathText(path)}: ${text}`);
  if (atom.form === 'scalar') {
    const text = scalarError(atom, value);
    if (text !== undefined) fail(text);
  } else if (atom.form === 'list') {
    if (!Array.isArray(value)) return fail(`expected list, got ${goValue(value)}`);
    validateItems(value, atom, path, errors, fail);
  } else {
    if (!isRecord(value)) return fail(`expected map, got ${goValue(value)}`);
    for (const key of Object.keys(value)) {
      const child = childAtom(atom, key);
      const at = [...path, fieldElement(key)];
      if (child === undefined) errors.push(`${pathText(at)}: field not declared in schema`);
      else validate(value[key], child, at, errors);
    }
  }
}

function validateItems(
  list: readonly unknown[],
  atom: Atom,
  path: readonly string[],
  errors: string[],
  fail: (text: string) => void,
): void {
  const seen = new Set<string>();
  for (const [i, item] of list.entries()) {
    let element = `i:${i}`;
    try {
      if (!atom.atomic) element = itemElement(atom, item);
    } catch (error) {
      if (!(error instanceof Unmergeable)) throw error;
      fail(`element ${i}: ${error.message}`);
      continue;
    }
    if (seen.has(element)) fail(`duplicate entries for key ${pathText([element])}`);
    seen.add(element);
    validate(item, atom.element!, [...path, element], errors);
  }
}

function scalarError({ scalar }: Atom, value: unknown): string | undefined {
  if (scalar === undefined && typeof value === 'object') return `expected any scalar, got ${goValue(value)}`;
  if (scalar === 'numeric' && typeof value !== 'number') return `expected numeric (int or float), got ${goType(value)}`;
  if (scalar === 'string' && typeof value !== 'string')
    return `expected string, got &value.valueUnstructured{Value:${goText(value)}}`;
  if (scalar === 'boolean' && typeof value !== 'boolean') return `expected boolean, got ${goValue(value)}`;
  return undefined;
}

function goType(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return typeof value === 'object' ? 'map[string]interface {}' : typeof value === 'boolean' ? 'bool' : 'string';
}

const goValue = (value: unknown): string => `&{${goPrint(value)}}`;
const goText = (value: unknown): string => (typeof value === 'object' ? goPrint(value) : JSON.stringify(value)).slice(0, 200);
