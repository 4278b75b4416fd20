import type { StatusCause } from '../../status-error.ts';
import { compareQuantities, parseQuantity } from '../../quantity.ts';
import { NOT_NEGATIVE_TEXT, duplicate, invalid, notSupported, required } from '../../validation/causes.ts';
import { qualifiedName } from '../../validation/names.ts';

type Amounts = Record<string, string>;

const STANDARD = new Set(['cpu', 'memory', 'ephemeral-storage']);
const isHugePages = (name: string): boolean => name.startsWith('hugepages-');
const isExtended = (name: string): boolean => name.includes('/') && !/^([^/]*\.)?kubernetes\.io\//.test(name);

/** resources of a container: known names, no negative amounts, no request over its limit. */
export function validateResources(resources: { limits?: Amounts; requests?: Amounts } | undefined, path: string): StatusCause[] {
  const { limits = {}, requests = {} } = resources ?? {};
  const causes = [...validateAmounts(limits, `${path}.limits`), ...validateAmounts(requests, `${path}.requests`)];
  for (const [name, request] of Object.entries(requests)) {
    if (!Object.hasOwn(limits, name)) continue;
    const limit = limits[name]!;
    const mustEqual = isExtended(name) || isHugePages(name);
    if (mustEqual && compareQuantities(request, limit) !== 0)
      causes.push(invalid(`${path}.requests`, request, `must be equal to ${name} limit of ${limit}`));
    else if (compareQuantities(request, limit) > 0)
      causes.push(invalid(`${path}.requests`, request, `must be less than or equal to ${name} limit of ${limit}`));
  }
  return causes;
}

function validateAmounts(amounts: Amounts, path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  for (const [name, amount] of Object.entries(amounts)) {
    const at = `${path}[${name}]`;
    for (const text of qualifiedName(name)) causes.push(invalid(at, name, text));
    if (!name.includes('/') && !STANDARD.has(name) && !isHugePages(name)) {
      causes.push(invalid(at, name, 'must be a standard resource type or fully qualified'));
      causes.push(invalid(at, name, 'must be a standard resource for containers'));
    }
    if (parseQuantity(amount).nanos < 0n) causes.push(invalid(at, amount, NOT_NEGATIVE_TEXT));
    if (isExtended(name) && parseQuantity(amount).nanos % 10n ** 9n !== 0n)
      causes.push(invalid(at, amount, 'must be an integer'));
  }
  return causes;
}

/** What a resize of each resource does to the container; without a word it stays as it is. */
export function validateResizePolicy(
  policies: readonly Record<string, unknown>[],
  path: string,
  podRestartPolicy: unknown,
): StatusCause[] {
  const seen = new Set<unknown>();
  return policies.flatMap(({ resourceName, restartPolicy }, i) => {
    const causes: StatusCause[] = [];
    if (seen.has(resourceName)) causes.push(duplicate(`${path}[${i}]`, resourceName));
    seen.add(resourceName);
    for (const [value, supported] of [
      [resourceName, ['cpu', 'memory']],
      [restartPolicy, ['NotRequired', 'RestartContainer']],
    ] as const)
      if (!value) causes.push(required(path));
      else if (!(supported as readonly unknown[]).includes(value)) causes.push(notSupported(path, value, supported));
    if (podRestartPolicy === 'Never' && restartPolicy === 'RestartContainer')
      causes.push(invalid(path, restartPolicy, "must be 'NotRequired' when `restartPolicy` is 'Never'"));
    return causes;
  });
}
