import { createHash } from 'node:crypto';

const LONGEST_NAME = 253;
const LONGEST_LABEL = 63;

/** `BASE-SUFFIX`; a base that is too long is cut, with a hash in place of the rest (library-go, GetName). */
export function joinedName(base: string, suffix: string): string {
  const room = LONGEST_NAME - suffix.length - 1;
  if (base.length <= room) return `${base}-${suffix}`;
  const hash = createHash('sha256').update(base).digest('hex').slice(0, 8);
  return `${base.slice(0, room - hash.length - 1)}-${hash}-${suffix}`;
}

/** The pod that a build runs in. */
export const buildPodName = (build: string): string => joinedName(build, 'build');

/** A name as the value of a label: those may be shorter than names. */
export const labelOf = (name: string): string => name.slice(0, LONGEST_LABEL).replace(/[^A-Za-z0-9]+$/, '');
