import type { KubeObject } from '../meta.ts';
import type { StatusCause } from '../status-error.ts';
import { invalid, notSupported, required } from '../validation/causes.ts';
import { validateLabelSelector } from '../validation/label-selector-validation.ts';
import { dns1123Subdomain } from '../validation/names.ts';
import { positiveQuantity } from '../validation/quantity-validation.ts';
import { validateAccessModes } from './volume-access.ts';

/** spec of a claim, here and where claims are made from templates (`path`). */
export function validateClaimSpec(spec: KubeObject['spec'], path: string): StatusCause[] {
  const modes = (spec?.accessModes ?? []) as string[];
  const storage = spec?.resources?.requests?.storage as string | undefined;
  const at = `${path}.resources[storage]`;
  const causes = [
    ...validateLabelSelector(spec?.selector, `${path}.selector`),
    ...(modes.length === 0 ? [required(`${path}.accessModes`, 'at least 1 access mode is required')] : []),
    ...validateAccessModes(modes, `${path}.accessModes`),
    ...(storage === undefined ? [required(at)] : positiveQuantity(at, storage)),
  ];
  if (spec?.storageClassName)
    for (const text of dns1123Subdomain(spec.storageClassName))
      causes.push(invalid(`${path}.storageClassName`, spec.storageClassName, text));
  if (spec?.volumeMode !== undefined && !['Block', 'Filesystem'].includes(spec.volumeMode))
    causes.push(notSupported(`${path}.volumeMode`, spec.volumeMode, ['Block', 'Filesystem']));
  return causes;
}
