import { plainColumns } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import { compareQuantities } from '../quantity.ts';
import type { StatusCause } from '../status-error.ts';
import { duplicate, forbidden, invalid, required } from '../validation/causes.ts';
import { qualifiedName } from '../validation/names.ts';
import { isContainerResource, resourceName } from '../validation/quantity-validation.ts';

type Quantities = Readonly<Record<string, string>>;

interface Item {
  readonly type?: string;
  readonly max?: Quantities;
  readonly min?: Quantities;
  readonly default?: Quantities;
  readonly defaultRequest?: Quantities;
  readonly maxLimitRequestRatio?: Quantities;
}

const FIELDS = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const;

/** Each field is at most the next, where both say something. */
const ORDER = ['min', 'defaultRequest', 'default', 'max'] as const;

/** What Kubernetes calls the values in its texts. */
const NAMES = { min: 'min', defaultRequest: 'default request', default: 'default', max: 'max' } as const;

function validate({ spec }: KubeObject): StatusCause[] {
  const types = new Set<string>();
  return ((spec?.limits ?? []) as Item[]).flatMap((item, i) => {
    const path = `spec.limits[${i}]`;
    const type = item.type ?? '';
    const causes = qualifiedName(type).map((text) => invalid(`${path}.type`, type, text));
    if (type !== '' && !type.includes('/') && !['Pod', 'Container', 'PersistentVolumeClaim'].includes(type))
      causes.push(invalid(`${path}.type`, type, 'must be a standard limit type or fully qualified'));
    if (types.has(type)) causes.push(duplicate(`${path}.type`, type));
    types.add(type);
    return [...causes, ...validateItem(item, path)];
  });
}

function validateItem(item: Item, path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  for (const field of FIELDS)
    for (const name of Object.keys(item[field] ?? {})) causes.push(...validateName(name, item.type, `${path}.${field}[${name}]`));
  if (item.type === 'Pod') {
    if (item.default !== undefined) causes.push(forbidden(`${path}.default`, "may not be specified when `type` is 'Pod'"));
    if (item.defaultRequest !== undefined)
      causes.push(forbidden(`${path}.defaultRequest`, "may not be specified when `type` is 'Pod'"));
  }
  if (item.type === 'PersistentVolumeClaim' && item.min?.storage === undefined && item.max?.storage === undefined)
    causes.push(required(`${path}.limits`, 'either minimum or maximum storage value is required, but neither was provided'));
  const names = new Set(FIELDS.flatMap((field) => Object.keys(item[field] ?? {})));
  for (const name of names) causes.push(...validateOrder(item, name, path));
  return causes;
}

/** Limits of claims and of kinds that are not Kubernetes' are about storage, too (core/validation, validateLimitRangeResourceName). */
function validateName(name: string, type: string | undefined, path: string): StatusCause[] {
  const isClaim = type === 'PersistentVolumeClaim';
  const isStorage = isClaim || type?.includes('/') === true;
  return resourceName(
    name,
    path,
    (each) => (isStorage && each === 'storage') || (!isClaim && isContainerResource(each)),
    isStorage ? 'must be a standard resource type or fully qualified' : 'must be a standard resource for containers',
  );
}

function validateOrder(item: Item, name: string, path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  for (const [i, low] of ORDER.entries())
    for (const high of ORDER.slice(i + 1)) {
      const [less, more] = [item[low]?.[name], item[high]?.[name]];
      if (less === undefined || more === undefined || compareQuantities(less, more) <= 0) continue;
      // Kubernetes puts the mistake where the default is.
      const field = low === 'min' && high !== 'max' ? high : low;
      const limit = low === 'defaultRequest' && high === 'default' ? 'default limit' : NAMES[high];
      causes.push(
        invalid(
          `${path}.${field}[${name}]`,
          item[field]?.[name],
          `${NAMES[low]} value ${less} is greater than ${limit} value ${more}`,
        ),
      );
    }
  const ratio = item.maxLimitRequestRatio?.[name];
  if (ratio !== undefined && compareQuantities(ratio, '1') < 0)
    causes.push(invalid(`${path}.maxLimitRequestRatio[${name}]`, ratio, `ratio ${ratio} is less than 1`));
  return causes;
}

export const limitRange = defineResource({
  group: '',
  version: 'v1',
  kind: 'LimitRange',
  plural: 'limitranges',
  shortNames: ['limits'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.LimitRange',
  strategy: { validate },
  columns: plainColumns,
});
