import { addQuantities, compareQuantities, parseQuantity } from '../../quantity.ts';

export type Quantities = Readonly<Record<string, string>>;

/** Requests and limits of a container, of a pod, or of a claim. */
export interface Resources {
  readonly requests?: Quantities;
  readonly limits?: Quantities;
}

/** One item of a limit range (core/v1 LimitRangeItem). */
export interface LimitItem {
  readonly type: string;
  readonly min?: Quantities;
  readonly max?: Quantities;
  readonly default?: Quantities;
  readonly defaultRequest?: Quantities;
  readonly maxLimitRequestRatio?: Quantities;
}

/** What of these resources is beyond the item, in Kubernetes' words (plugin/pkg/admission/limitranger). */
export function beyondLimits(item: LimitItem, { requests = {}, limits = {} }: Resources): string[] {
  const { type, min = {}, max = {}, maxLimitRequestRatio = {} } = item;
  return [
    ...Object.entries(min).flatMap(([name, value]) => beyondMinimum(type, name, value, requests[name], limits[name])),
    ...Object.entries(max).flatMap(([name, value]) => beyondMaximum(type, name, value, requests[name], limits[name])),
    ...Object.entries(maxLimitRequestRatio).flatMap(([name, value]) =>
      beyondRatio(type, name, value, requests[name], limits[name]),
    ),
  ];
}

function beyondMinimum(type: string, name: string, value: string, request?: string, limit?: string): string[] {
  const told = `minimum ${name} usage per ${type} is ${value}`;
  if (request === undefined) return [`${told}.  No request is specified`];
  if (compareQuantities(request, value) < 0) return [`${told}, but request is ${request}`];
  return limit !== undefined && compareQuantities(limit, value) < 0 ? [`${told}, but limit is ${limit}`] : [];
}

function beyondMaximum(type: string, name: string, value: string, request?: string, limit?: string): string[] {
  const told = `maximum ${name} usage per ${type} is ${value}`;
  // A claim has no limit: what it asks for is what it gets.
  if (type === 'PersistentVolumeClaim')
    return request !== undefined && compareQuantities(request, value) > 0 ? [`${told}, but request is ${request}`] : [];
  if (limit === undefined) return [`${told}.  No limit is specified`];
  if (compareQuantities(limit, value) > 0) return [`${told}, but limit is ${limit}`];
  return request !== undefined && compareQuantities(request, value) > 0 ? [`${told}, but request is ${request}`] : [];
}

function beyondRatio(type: string, name: string, value: string, request?: string, limit?: string): string[] {
  const told = `${name} max limit to request ratio per ${type} is ${value}`;
  const [asked, most] = [parseQuantity(request ?? '0').nanos, parseQuantity(limit ?? '0').nanos];
  if (asked === 0n) return [`${told}, but no request is specified or request is 0`];
  if (most === 0n) return [`${told}, but no limit is specified or limit is 0`];
  const ratio = Number(most) / Number(asked);
  return ratio > Number(parseQuantity(value).nanos) / 1e9 ? [`${told}, but provided ratio is ${ratio.toFixed(6)}`] : [];
}

/** The sum of what all say; what one of them leaves open is open for all. */
export function sumResources(all: readonly Resources[]): Resources {
  const sum = (field: 'requests' | 'limits'): Quantities => {
    const [first, ...others] = all.map((each) => each[field] ?? {});
    const names = Object.keys(first ?? {}).filter((name) => others.every((each) => each[name] !== undefined));
    return Object.fromEntries(names.map((name) => [name, addQuantities(first![name]!, ...others.map((each) => each[name]!))]));
  };
  return { requests: sum('requests'), limits: sum('limits') };
}
