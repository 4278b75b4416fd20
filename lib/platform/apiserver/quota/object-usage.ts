import type { ResourceDefinition } from '../../api/define-resource.ts';
import type { KubeObject } from '../../api/meta.ts';
import { formatQuantity, parseQuantity } from '../../api/quantity.ts';
import type { QuotaAmounts, QuotaScopeTerm } from '../../api/quota-usage.ts';

/** What an object uses of the quotas of its namespace: one of its kind, and what the kind says. */
export function usageOf(definition: ResourceDefinition, object: KubeObject | undefined): QuotaAmounts {
  if (object === undefined) return {};
  const { group, plural, quota } = definition;
  const count = `count/${plural}${group === '' ? '' : `.${group}`}`;
  // Kinds of the core group have counted under their plain names since before there was `count/`.
  const plain = group === '' && quota === undefined ? { [plural]: '1' } : {};
  return { [count]: '1', ...plain, ...quota?.amounts(object) };
}

/** What a quota limits, and what it counts (core/v1 ResourceQuotaSpec). */
export interface QuotaSpec {
  readonly hard?: QuotaAmounts;
  readonly scopes?: readonly string[];
  readonly scopeSelector?: { readonly matchExpressions?: readonly QuotaScopeTerm[] };
}

/** Whether a quota counts the object at all: it is in each of the quota's scopes. */
export function isCounted(spec: QuotaSpec, { quota: usage }: ResourceDefinition, object: KubeObject): boolean {
  const { scopes = [], scopeSelector } = spec;
  const terms = [...scopes.map((scopeName) => ({ scopeName, operator: 'Exists' })), ...(scopeSelector?.matchExpressions ?? [])];
  return terms.every((term) => usage?.inScope?.(object, term) === true);
}

/** Whether nothing but their number counts of the objects of a kind, so that none has to be looked into. */
export const isPlain = ({ scopes = [], scopeSelector }: QuotaSpec, { quota }: ResourceDefinition): boolean =>
  quota === undefined && scopes.length === 0 && (scopeSelector?.matchExpressions ?? []).length === 0;

/** What objects of a plain kind use, when the quota asks for it. */
export function countOf({ hard = {} }: QuotaSpec, definition: ResourceDefinition, objects: Iterable<unknown>): QuotaAmounts {
  const names = Object.keys(usageOf(definition, {} as KubeObject)).filter((name) => Object.hasOwn(hard, name));
  if (names.length === 0) return {};
  let count = 0;
  for (const _object of objects) count++;
  return Object.fromEntries(names.map((name) => [name, String(count)]));
}

/** `a` and `b` together; `sign` -1 takes b away. What comes to nothing less than zero is zero. */
export function combine(a: QuotaAmounts, b: QuotaAmounts, sign: 1 | -1 = 1): Record<string, string> {
  const out = { ...a };
  for (const [name, amount] of Object.entries(b)) {
    const before = parseQuantity(out[name] ?? '0');
    const { nanos, format } = parseQuantity(amount);
    const total = before.nanos + BigInt(sign) * nanos;
    // Nothing has no form of its own.
    out[name] = formatQuantity({ nanos: total < 0n ? 0n : total, format: before.nanos === 0n ? format : before.format });
  }
  return out;
}

/** What `after` has more than `before`. */
export function growth(before: QuotaAmounts, after: QuotaAmounts): Record<string, string> {
  const more = Object.entries(combine(after, before, -1)).filter(([, amount]) => parseQuantity(amount).nanos > 0n);
  return Object.fromEntries(more);
}

/** Only the amounts of these names. */
export const only = (amounts: QuotaAmounts, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.filter((name) => Object.hasOwn(amounts, name)).map((name) => [name, amounts[name]!]));

/** `cpu=1,pods=3`, as Kubernetes tells it. */
export const amountsText = (amounts: QuotaAmounts): string =>
  Object.keys(amounts)
    .toSorted()
    .map((name) => `${name}=${amounts[name]}`)
    .join(',');
