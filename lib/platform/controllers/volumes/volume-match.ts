import { storageClassOf } from '../../api/core/volume-access.ts';
import { compareQuantities } from '../../api/quantity.ts';
import { matchesNodeSelector } from '../../api/selectors/node-selector.ts';
import type { Node } from '../core-types.ts';
import { selects } from '../label-selector.ts';
import { type Claim, isHeldBy, type Volume } from './volume-types.ts';

const modeOf = ({ spec }: Claim | Volume): string => spec.volumeMode ?? 'Filesystem';
const sizeOf = (volume: Volume): string => volume.spec.capacity?.storage ?? '0';
const requestOf = (claim: Claim): string => claim.spec.resources?.requests?.storage ?? '0';

const hasModes = (volume: Volume, claim: Claim): boolean =>
  (claim.spec.accessModes ?? []).every((mode) => volume.spec.accessModes?.includes(mode) === true);

/** Why a claim may not have the volume that it names, in Kubernetes' words; undefined: it may (checkVolumeSatisfyClaim). */
export function mismatch(volume: Volume, claim: Claim): string | undefined {
  if (compareQuantities(sizeOf(volume), requestOf(claim)) < 0) return 'requested PV is too small';
  if (storageClassOf(volume) !== storageClassOf(claim)) return 'storageClassName does not match';
  if (modeOf(volume) !== modeOf(claim)) return 'incompatible volumeMode';
  return hasModes(volume, claim) ? undefined : 'incompatible accessMode';
}

/** Whether a volume can be reached from a node; one that says nothing can be from everywhere. */
export function reaches({ spec }: Volume, { metadata }: Node): boolean {
  const required = spec.nodeAffinity?.required;
  return (
    required === undefined || matchesNodeSelector(required.nodeSelectorTerms, { name: metadata.name!, labels: metadata.labels })
  );
}

export interface MatchOptions {
  /** Only volumes that this node reaches. */
  readonly node?: Node;
  /** Names of volumes that are promised to other claims. */
  readonly taken?: ReadonlySet<string>;
  /** Only a volume that somebody has kept for the claim: the rest is the scheduler's choice. @default false */
  readonly onlyHeld?: boolean;
}

/**
 * The volume for a claim that names none: one that is kept for it, or of those that fit the one with the fewest other access
 * modes, the smallest of them (component-helpers/storage/volume FindMatchingVolume).
 */
export function findVolume(claim: Claim, volumes: readonly Volume[], options: MatchOptions = {}): Volume | undefined {
  const { node, taken, onlyHeld = false } = options;
  let best: Volume | undefined;
  for (const volume of volumes) {
    if (volume.metadata.deletionTimestamp !== undefined || taken?.has(volume.metadata.name!) === true) continue;
    const held = isHeldBy(volume, claim);
    if (volume.spec.claimRef !== undefined && !held) continue;
    if (modeOf(volume) !== modeOf(claim) || compareQuantities(sizeOf(volume), requestOf(claim)) < 0) continue;
    const near = node === undefined || reaches(volume, node);
    // Who keeps a volume for a claim has decided everything about it but where it can be used.
    if (held) return near ? volume : undefined;
    if (onlyHeld || !near || volume.status?.phase !== 'Available') continue;
    if (claim.spec.selector !== undefined && !selects(claim.spec.selector, volume.metadata.labels)) continue;
    if (storageClassOf(volume) !== storageClassOf(claim) || !hasModes(volume, claim)) continue;
    if (best === undefined || isCloser(volume, best)) best = volume;
  }
  return best;
}

function isCloser(one: Volume, other: Volume): boolean {
  const modes = (one.spec.accessModes ?? []).length - (other.spec.accessModes ?? []).length;
  return modes === 0 ? compareQuantities(sizeOf(one), sizeOf(other)) < 0 : modes < 0;
}
