import type { KubeObject } from '../../meta.ts';
import type { StatusCause } from '../../status-error.ts';
import { deepEqual, duplicate, forbidden, invalid, notSupported, required } from '../../validation/causes.ts';
import { isCidr } from '../../validation/ip.ts';
import { labelValue, qualifiedName } from '../../validation/names.ts';

type Taint = { key?: string; value?: string; effect?: string };

const EFFECTS = ['NoExecute', 'NoSchedule', 'PreferNoSchedule'];

/** Of new nodes and changed ones. */
export function validateNode(node: KubeObject): StatusCause[] {
  const causes = validateTaints(node.spec?.taints ?? []);
  for (const [i, cidr] of ((node.spec?.podCIDRs ?? []) as string[]).entries())
    if (!isCidr(cidr))
      causes.push(invalid(`spec.podCIDRs[${i}]`, cidr, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'));
  return causes;
}

function validateTaints(taints: readonly Taint[]): StatusCause[] {
  const path = 'metadata.taints';
  const seen = new Set<string>();
  return taints.flatMap((taint, i) => {
    const at = `${path}[${i}]`;
    const { key = '', value = '', effect = '' } = taint;
    const causes = qualifiedName(key).map((text) => invalid(`${at}.key`, key, text));
    for (const text of labelValue(value)) causes.push(invalid(`${at}.value`, value, text));
    if (effect === '') causes.push(required(`${at}.effect`));
    else if (!EFFECTS.includes(effect)) causes.push(notSupported(`${at}.effect`, effect, EFFECTS));
    if (seen.has(`${key}:${effect}`))
      causes.push({ ...duplicate(at, taint), message: `Duplicate value: ${JSON.stringify(taint)}` });
    seen.add(`${key}:${effect}`);
    return causes;
  });
}

/** What stays once it has been set. */
export function validateNodeUpdate(node: KubeObject, old: KubeObject): StatusCause[] {
  const causes: StatusCause[] = [];
  const before = old.spec ?? {};
  if ((before.podCIDRs ?? []).length > 0 && !deepEqual(node.spec?.podCIDRs, before.podCIDRs))
    causes.push(forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'));
  if (before.providerID && node.spec?.providerID !== before.providerID)
    causes.push(forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid'));
  return causes;
}
