import type { StatusCause } from '../status-error.ts';
import { duplicate, invalid, notNegative, notSupported, required, tooLong, tooMany } from '../validation/causes.ts';
import { qualifiedName } from '../validation/names.ts';

type Fields = Record<string, unknown>;
const list = (value: unknown): Fields[] => (value ?? []) as Fields[];

const MAX_RULES = 20;
const MAX_EXIT_CODES = 255;
const MAX_CONDITIONS = 20;
const MAX_INDEXES_BYTES = 64 * 1024;
const ACTIONS = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const OPERATORS = ['In', 'NotIn'];
const STATUSES = ['False', 'True', 'Unknown'];

/** As Go's %q prints a list. */
const quoted = (values: readonly string[]): string => `[${values.map((each) => JSON.stringify(each)).join(' ')}]`;

/** Required with the values that there are, or one of them. */
const choice = (path: string, value: unknown, values: readonly string[]): StatusCause[] =>
  value === undefined || value === ''
    ? [required(path, `valid values: ${quoted(values)}`)]
    : values.includes(value as string)
      ? []
      : [notSupported(path, value, values)];

/** spec.podFailurePolicy of a job. */
export function validateFailurePolicy(spec: Fields, path: string): StatusCause[] {
  const rules = list((spec.podFailurePolicy as Fields).rules);
  const template = ((spec.template as Fields | undefined)?.spec ?? {}) as Fields;
  const names = new Set([...list(template.containers), ...list(template.initContainers)].map((each) => each.name));
  const causes = rules.length > MAX_RULES ? [tooMany(`${path}.rules`, rules.length, MAX_RULES)] : [];
  for (const [i, rule] of rules.entries()) causes.push(...validateFailureRule(rule, spec, names, `${path}.rules[${i}]`));
  return causes;
}

function validateFailureRule(rule: Fields, spec: Fields, names: ReadonlySet<unknown>, path: string): StatusCause[] {
  const { action, onExitCodes } = rule;
  const conditions = list(rule.onPodConditions);
  const causes =
    action === 'FailIndex' && spec.backoffLimitPerIndex === undefined
      ? [invalid(`${path}.action`, action, 'requires the backoffLimitPerIndex to be set')]
      : choice(`${path}.action`, action, ACTIONS);
  if (onExitCodes !== undefined) causes.push(...validateExitCodes(onExitCodes as Fields, names, `${path}.onExitCodes`));
  causes.push(...validateConditions(conditions, `${path}.onPodConditions`));
  const both = onExitCodes !== undefined && conditions.length > 0;
  const none = onExitCodes === undefined && conditions.length === 0;
  if (both) causes.push(bare(path, 'specifying both OnExitCodes and OnPodConditions is not supported'));
  if (none) causes.push(bare(path, 'specifying one of OnExitCodes and OnPodConditions is required'));
  return causes;
}

/** An Invalid without the value (field.OmitValueType). */
const bare = (field: string, detail: string): StatusCause => ({
  reason: 'FieldValueInvalid',
  field,
  message: `Invalid value: ${detail}`,
});

function validateExitCodes(codes: Fields, names: ReadonlySet<unknown>, path: string): StatusCause[] {
  const { operator, containerName } = codes;
  const values = (codes.values ?? []) as number[];
  const causes = choice(`${path}.operator`, operator, OPERATORS);
  if (containerName !== undefined && !names.has(containerName))
    causes.push(
      invalid(`${path}.containerName`, containerName, 'must be one of the container or initContainer names in the pod template'),
    );
  const at = `${path}.values`;
  if (values.length === 0) causes.push(invalid(at, values, 'at least one value is required'));
  if (values.length > MAX_EXIT_CODES) causes.push(tooMany(at, values.length, MAX_EXIT_CODES));
  for (const [i, value] of values.entries()) {
    if (operator === 'In' && value === 0) causes.push(invalid(`${at}[${i}]`, value, 'must not be 0 for the In operator'));
    if (values.indexOf(value) < i) causes.push(duplicate(`${at}[${i}]`, value));
  }
  if (values.some((value, i) => i > 0 && values[i - 1]! > value)) causes.push(invalid(at, values, 'must be ordered'));
  return causes;
}

function validateConditions(conditions: readonly Fields[], path: string): StatusCause[] {
  const causes = conditions.length > MAX_CONDITIONS ? [tooMany(path, conditions.length, MAX_CONDITIONS)] : [];
  for (const [i, { type = '', status }] of conditions.entries()) {
    for (const text of qualifiedName(String(type))) causes.push(invalid(`${path}[${i}].type`, type, text));
    causes.push(...choice(`${path}[${i}].status`, status, STATUSES));
  }
  return causes;
}

/** spec.successPolicy of a job. */
export function validateSuccessPolicy(spec: Fields, path: string): StatusCause[] {
  if (spec.completionMode !== 'Indexed') return [invalid(path, spec.successPolicy, 'requires indexed completion mode')];
  const rules = list((spec.successPolicy as Fields).rules);
  const causes: StatusCause[] = [];
  if (rules.length === 0)
    causes.push(required(`${path}.rules`, 'at least one rules must be specified when the successPolicy is specified'));
  if (rules.length > MAX_RULES) causes.push(tooMany(`${path}.rules`, rules.length, MAX_RULES));
  for (const [i, rule] of rules.entries())
    causes.push(...validateSuccessRule(rule, Number(spec.completions ?? 0), `${path}.rules[${i}]`));
  return causes;
}

function validateSuccessRule(rule: Fields, completions: number, path: string): StatusCause[] {
  const { succeededCount: count, succeededIndexes: indexes } = rule;
  const causes: StatusCause[] = [];
  if (count === undefined && indexes === undefined)
    causes.push(required(path, 'at least one of succeededCount or succeededIndexes must be specified'));
  let total: number | undefined;
  if (typeof indexes === 'string') {
    if (indexes.length > MAX_INDEXES_BYTES) causes.push(tooLong(`${path}.succeededIndexes`, MAX_INDEXES_BYTES));
    const counted = countIndexes(indexes, completions);
    if (typeof counted === 'number') total = counted;
    else causes.push(invalid(`${path}.succeededIndexes`, indexes, `error parsing succeededIndexes: ${counted}`));
  }
  if (typeof count !== 'number') return causes;
  const at = `${path}.succeededCount`;
  causes.push(...notNegative(at, count));
  if (count > completions)
    causes.push(invalid(at, count, `must be less than or equal to ${completions} (the number of specified completions)`));
  if (total !== undefined && count > total)
    causes.push(
      invalid(
        at,
        count,
        `must be less than or equal to ${total} (the number of indexes in the specified succeededIndexes field)`,
      ),
    );
  return causes;
}

/** How many indexes `0,2-4` names, or what is wrong with it. */
export function countIndexes(text: string, completions: number): number | string {
  let [total, last] = [0, -1];
  for (const part of text === '' ? [] : text.split(',')) {
    const limits = part.split('-');
    if (limits.length > 2)
      return `the fragment ${JSON.stringify(part)} violates the requirement that an index interval can have at most two parts separated by '-'`;
    for (const limit of limits) {
      if (!/^\d{1,9}$/.test(limit)) return `cannot convert string to integer for index: ${JSON.stringify(limit)}`;
      if (Number(limit) >= completions) return `too large index: ${JSON.stringify(limit)}`;
    }
    const [from, to = from] = limits.map(Number) as [number, number?];
    if (limits.length === 2 && from >= to) return `non-increasing order, previous: ${from}, current: ${to}`;
    if (last >= from) return `non-increasing order, previous: ${last}, current: ${from}`;
    total += to - from + 1;
    last = to;
  }
  return total;
}
