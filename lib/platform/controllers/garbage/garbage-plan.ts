import type { KubeObject, OwnerReference } from '../../api/meta.ts';

export const FOREGROUND = 'foregroundDeletion';
export const ORPHAN = 'orphan';

/** What became of an owner: there; gone for good; or itself waiting until its dependents are gone. */
export type OwnerState = 'solid' | 'absent' | 'waiting';

export type GarbageStep =
  | { readonly step: 'keep' }
  /** Someone else still owns it: only the references to the others go. */
  | { readonly step: 'dropReferences'; readonly keep: readonly OwnerReference[] }
  | { readonly step: 'delete'; readonly policy: 'Background' | 'Foreground' | 'Orphan' };

/** Whether somebody has something to do before the object may go. */
export const hasFinalizer = ({ metadata }: KubeObject, finalizer: string): boolean =>
  (metadata.finalizers ?? []).includes(finalizer);

/** Whether it is being deleted, and goes after its dependents. */
export const isWaiting = (owner: KubeObject): boolean =>
  owner.metadata.deletionTimestamp !== undefined && hasFinalizer(owner, FOREGROUND);

/** Pure (kubernetes pkg/controller/garbagecollector attemptToDeleteItem): what to do with an object, given its owners' states. */
export function planGarbage(
  object: KubeObject,
  owners: readonly { readonly reference: OwnerReference; readonly state: OwnerState }[],
  hasDependents: boolean,
): GarbageStep {
  if (owners.length === 0) return { step: 'keep' };
  const solid = owners.filter(({ state }) => state === 'solid');
  if (solid.length > 0)
    return solid.length === owners.length
      ? { step: 'keep' }
      : { step: 'dropReferences', keep: solid.map(({ reference }) => reference) };
  // An owner waits for this one in the foreground: its own dependents must be gone before it, too.
  if (hasDependents && owners.some(({ state }) => state === 'waiting')) return { step: 'delete', policy: 'Foreground' };
  if (hasFinalizer(object, ORPHAN)) return { step: 'delete', policy: 'Orphan' };
  return { step: 'delete', policy: hasFinalizer(object, FOREGROUND) ? 'Foreground' : 'Background' };
}
