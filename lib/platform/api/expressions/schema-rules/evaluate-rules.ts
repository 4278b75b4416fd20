import { fromJson } from '../../../cel/values/json.ts';
import { CelError, NONE, OptionalValue, type Value } from '../../../cel/values/value.ts';
import type { Activation } from '../../../cel/runtime/frame.ts';
import type { StatusCause } from '../../status-error.ts';
import { deepEqual, duplicate, forbidden, invalid, required } from '../../validation/causes.ts';
import { CALL_LIMIT, MAX_MESSAGE, OBJECT_BUDGET, OUT_OF_BUDGET } from '../environment.ts';
import type { CompiledRule, RuleNode } from './compiled-rules.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** One evaluation of all rules: what is wrong, and what it may still cost. */
interface Run {
  readonly causes: StatusCause[];
  left: number;
}

/** Nothing more is evaluated; the reason has been told. */
class Stop extends Error {}

/** What a value has against the rules of its schema; `old` is what it replaces (apiextensions' schema/cel/validation.go). */
export function evaluateRules(root: RuleNode, value: unknown, old: unknown): StatusCause[] {
  const run: Run = { causes: [], left: OBJECT_BUDGET };
  try {
    evaluateNode(run, root, { value, old, path: '', unchanged: false });
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
  }
  return run.causes;
}

/** A value at its place. `unchanged`: what it is a part of is as it was, so that an old fault in it is nobody's new one. */
interface Place {
  readonly value: unknown;
  readonly old: unknown;
  readonly path: string;
  readonly unchanged: boolean;
}

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);
const own = (object: unknown, key: string): unknown => (isObject(object) && Object.hasOwn(object, key) ? object[key] : undefined);

function evaluateNode(run: Run, node: RuleNode, place: Place): void {
  const { value, old, path } = place;
  // A rule is about values; whether one is there is for the rules above to say.
  if (value === undefined || value === null) return;
  evaluateOwn(run, node, place);
  const unchanged = (): boolean => place.unchanged || (old !== undefined && deepEqual(value, old));
  const { schema } = node;
  if (Array.isArray(value)) {
    if (node.items === undefined) return;
    const oldItems = oldItemsOf(
      schema['x-kubernetes-list-type'] === 'map' ? schema['x-kubernetes-list-map-keys'] : undefined,
      old,
    );
    const same = unchanged();
    for (const [i, item] of value.entries())
      evaluateNode(run, node.items, { value: item, old: oldItems(item), path: `${path}[${i}]`, unchanged: same });
  } else if (isObject(value)) {
    const before = schema['x-kubernetes-map-type'] === 'atomic' ? undefined : old;
    const below = (child: RuleNode, key: string, at: string): void =>
      evaluateNode(run, child, { value: own(value, key), old: own(before, key), path: at, unchanged: same });
    const same = node.properties.size > 0 || node.values !== undefined ? unchanged() : false;
    if (node.values !== undefined) for (const key of Object.keys(value)) below(node.values, key, `${path}[${key}]`);
    for (const [name, child] of node.properties) below(child, name, path === '' ? name : `${path}.${name}`);
  }
}

/** Finds the item that had the same keys before. */
function oldItemsOf(keys: readonly string[] | undefined, old: unknown): (item: unknown) => unknown {
  if (keys === undefined || !Array.isArray(old)) return () => undefined;
  const idOf = (item: unknown): string => JSON.stringify(keys.map((key) => own(item, key) ?? null));
  const byId = new Map(old.map((item) => [idOf(item), item as unknown]));
  return (item) => byId.get(idOf(item));
}

function evaluateOwn(run: Run, node: RuleNode, { value, old, path, unchanged }: Place): void {
  if (node.rules.length === 0 || node.type === undefined) return;
  const what = node.schema.type ?? '';
  const at = path === '' ? '<nil>' : path;
  if (run.left <= 0) stop(run, invalid(at, what, OUT_OF_BUDGET));
  const self = fromJson(value, node.type);
  const oldSelf = old === undefined || old === null ? undefined : fromJson(old, node.type);
  for (const compiled of node.rules) {
    const { rule, program, usesOldSelf } = compiled;
    if (program === undefined) continue;
    // Transitions need an old value, unless the rule can do without.
    if (usesOldSelf && oldSelf === undefined && rule.optionalOldSelf !== true) continue;
    const before = rule.optionalOldSelf === true ? (oldSelf === undefined ? NONE : new OptionalValue(oldSelf)) : oldSelf;
    const activation: Activation = (name) => (name === 'self' ? self : before);
    const { value: result, cost, exceeded } = program.evaluate(activation, CALL_LIMIT);
    if (exceeded)
      stop(
        run,
        invalid(
          at,
          what,
          `'${textOf(result)}': no further validation rules will be run due to call cost exceeds limit for rule: ${named(compiled)}`,
        ),
      );
    if (cost > run.left) stop(run, invalid(at, what, OUT_OF_BUDGET));
    run.left -= cost;
    if (result === true) continue;
    const failure =
      result instanceof CelError ? invalid(at, what, errorText(result, compiled)) : failed(run, compiled, activation, what, path);
    // What was wrong before and has not been touched may stay.
    const tolerated =
      !(result instanceof CelError) && !usesOldSelf && (unchanged || (old !== undefined && deepEqual(value, old)));
    if (!tolerated) run.causes.push(failure);
  }
}

function stop(run: Run, cause: StatusCause): never {
  run.causes.push(cause);
  throw new Stop();
}

const textOf = (value: Value): string => (value instanceof CelError ? value.message : '');
const named = ({ rule: { rule = '', message = '' } }: CompiledRule): string => (message === '' ? rule : message).trim();

function errorText({ message }: CelError, compiled: CompiledRule): string {
  return message.startsWith('no such overload')
    ? `'${message}': call arguments did not match a supported operator, function or macro signature for rule: ${named(compiled)}`
    : `${message} evaluating rule: ${named(compiled)}`;
}

function failed(run: Run, compiled: CompiledRule, activation: Activation, what: string, path: string): StatusCause {
  const { rule, fieldPath } = compiled;
  const place = [path, fieldPath].filter((part) => part !== '').join('.') || '<nil>';
  const fixed = rule.message ? rule.message.trim() : `failed rule: ${named(compiled)}`;
  const detail = messageOf(run, compiled, activation) ?? fixed;
  switch (rule.reason) {
    case 'FieldValueForbidden':
      return forbidden(place, detail);
    case 'FieldValueRequired':
      return required(place, detail);
    case 'FieldValueDuplicate':
      return duplicate(place, what);
    default:
      return invalid(place, what, detail);
  }
}

/** What the message expression says; nothing, when it says nothing usable. */
function messageOf(run: Run, { messageProgram }: CompiledRule, activation: Activation): string | undefined {
  if (messageProgram === undefined) return undefined;
  const { value, cost } = messageProgram.evaluate(activation, CALL_LIMIT);
  run.left -= cost;
  const text = typeof value === 'string' ? value.trim() : '';
  return text === '' || text.includes('\n') || Buffer.byteLength(text) > MAX_MESSAGE ? undefined : text;
}
