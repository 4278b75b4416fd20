import { compareQuantities, quantityProblem } from '../quantity.ts';
import type { StatusCause } from '../status-error.ts';
import { invalid, NOT_NEGATIVE_TEXT } from './causes.ts';
import { qualifiedName } from './names.ts';

/** A quantity whose type has been checked already. */
export const notNegativeQuantity = (path: string, value: string): StatusCause[] =>
  quantityProblem(value) === undefined && compareQuantities(value, '0') < 0 ? [invalid(path, value, NOT_NEGATIVE_TEXT)] : [];

/** More than zero. */
export const positiveQuantity = (path: string, value: string): StatusCause[] =>
  compareQuantities(value, '0') > 0 ? [] : [invalid(path, value, 'must be greater than zero')];

/** Resources without a domain that containers may have (pkg/apis/core/helper). Huge pages bring their size with them. */
const CONTAINER = new Set(['cpu', 'memory', 'ephemeral-storage']);
const HUGE_PAGES = 'hugepages-';

/** Whether containers may ask for it though it has no domain. */
export const isContainerResource = (name: string): boolean => CONTAINER.has(name) || name.startsWith(HUGE_PAGES);

/** Objects of a namespace that quotas count by names of their own (pkg/apis/core/helper, standardQuotaResources). */
const COUNTED = new Set([
  'pods',
  'services',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
]);

/** Whether quotas count it by a name of its own: `pods`, not `count/pods`. */
export const isCountedObject = (name: string): boolean => COUNTED.has(name);

/** Whether a resource only comes in whole numbers: objects, and what has a domain of its own. */
export const isWholeResource = (name: string): boolean =>
  name.startsWith('count/') ||
  isCountedObject(name) ||
  (name.includes('/') && !name.startsWith('kubernetes.io/') && !name.startsWith('requests.'));

/** What a resource may be called: a qualified name; `isStandard` judges those without a domain. */
export function resourceName(name: string, path: string, isStandard: (name: string) => boolean, text: string): StatusCause[] {
  const causes = qualifiedName(name).map((problem) => invalid(path, name, problem));
  if (causes.length === 0 && !name.includes('/') && !isStandard(name)) causes.push(invalid(path, name, text));
  return causes;
}
