import type { KubeObject, OwnerReference } from '../../api/meta.ts';
import type { GroupVersionResource } from '../../api/verbs.ts';
import { keyOf } from '../../client/object-store.ts';
import { unlessGone } from '../api-errors.ts';
import type { ReconcileContext } from '../define-controller.ts';
import { refTo } from '../resources.ts';

/** Whose the objects are that an owner's selector is about (kubernetes pkg/controller ControllerRefManager). */
export interface Claims<T extends KubeObject> {
  /** Without a controller, and selected: to be taken in. */
  readonly adopt: readonly T[];
  /** Of ours, and selected no longer: to be let go. */
  readonly release: readonly T[];
  /** Those that are ours once that is done. */
  readonly owned: readonly T[];
}

/** The reference by which an object's controller is found. */
export const controllerOf = ({ metadata }: KubeObject): OwnerReference | undefined =>
  metadata.ownerReferences?.find((reference) => reference.controller === true);

/** The reference of an object to its controller. */
export const ownerReference = ({ apiVersion, kind, metadata }: KubeObject): OwnerReference => ({
  apiVersion,
  kind,
  name: metadata.name!,
  uid: metadata.uid!,
  controller: true,
  blockOwnerDeletion: true,
});

/** Pure. An owner that is being deleted takes nothing in and lets nothing go; neither are objects taken in that are leaving. */
export function planClaims<T extends KubeObject>(
  owner: KubeObject,
  matches: (object: T) => boolean,
  objects: Iterable<T>,
): Claims<T> {
  const leaving = owner.metadata.deletionTimestamp !== undefined;
  const adopt: T[] = [];
  const release: T[] = [];
  const owned: T[] = [];
  for (const object of objects) {
    const controller = controllerOf(object);
    if (controller === undefined) {
      if (leaving || object.metadata.deletionTimestamp !== undefined || !matches(object)) continue;
      adopt.push(object);
      owned.push(object);
    } else if (controller.uid === owner.metadata.uid) {
      if (matches(object)) owned.push(object);
      else if (!leaving) release.push(object);
    }
  }
  return { adopt, release, owned };
}

/**
 * Adopts and releases. Each patch holds the version it saw, so that two controllers never both get an object. `finalizer`: what is taken
 * in gets it, what is let go loses it.
 */
export async function carryOutClaims<T extends KubeObject>(
  owner: KubeObject,
  ownerKind: GroupVersionResource,
  { adopt, release }: Pick<Claims<T>, 'adopt' | 'release'>,
  of: GroupVersionResource,
  { client }: Pick<ReconcileContext, 'client'>,
  finalizer?: string,
): Promise<void> {
  if (adopt.length > 0) {
    // A cache that has missed our deletion must not adopt for someone who is gone.
    const live = await unlessGone(client.get(refTo(ownerKind, owner)));
    if (live?.metadata.uid !== owner.metadata.uid || live?.metadata.deletionTimestamp !== undefined)
      throw new Error(`cannot adopt ${of.resource}: ${keyOf(owner)} is gone or being deleted`);
  }
  const reference = ownerReference(owner);
  const changes = [
    ...adopt.map((object) => ({ object, owners: [...(object.metadata.ownerReferences ?? []), reference] })),
    ...release.map((object) => ({
      object,
      owners: object.metadata.ownerReferences!.filter(({ uid }) => uid !== owner.metadata.uid),
    })),
  ];
  for (const { object, owners } of changes) {
    const { uid, resourceVersion } = object.metadata;
    const finalizers = finalizer === undefined ? {} : { finalizers: withFinalizer(object, finalizer, adopt.includes(object)) };
    const body = { metadata: { uid, resourceVersion, ownerReferences: owners, ...finalizers } };
    await unlessGone(client.patch(refTo(of, object), 'application/merge-patch+json', body));
  }
}

function withFinalizer({ metadata }: KubeObject, finalizer: string, wanted: boolean): string[] {
  const others = (metadata.finalizers ?? []).filter((name) => name !== finalizer);
  return wanted ? [...others, finalizer] : others;
}
