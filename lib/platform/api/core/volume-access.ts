import type { StatusCause } from '../status-error.ts';
import { forbidden, notSupported } from '../validation/causes.ts';

const SHORT: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

/** Access modes of volumes and claims: known ones, and the one for a single pod stands alone. */
export function validateAccessModes(modes: readonly string[], path: string): StatusCause[] {
  const causes = modes
    .filter((mode) => !Object.hasOwn(SHORT, mode))
    .map((mode) => notSupported(path, mode, Object.keys(SHORT).sort()));
  if (modes.includes('ReadWriteOncePod') && modes.length > 1)
    causes.push(forbidden(path, 'may not use ReadWriteOncePod with other access modes'));
  return causes;
}

/** `RWO,ROX`, in a fixed order. */
export const accessModesText = (modes: readonly string[] | undefined): string =>
  Object.entries(SHORT)
    .filter(([mode]) => modes?.includes(mode))
    .map(([, short]) => short)
    .join(',');

const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

/** The storage class of a volume or claim; the annotation is the older way to say it. */
export const storageClassOf = (object: {
  metadata: { annotations?: Record<string, string> };
  spec?: { storageClassName?: string };
}): string => object.metadata.annotations?.[CLASS_ANNOTATION] ?? object.spec?.storageClassName ?? '';
