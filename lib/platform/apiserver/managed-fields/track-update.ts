import type { ResourceDefinition } from '../../api/define-resource.ts';
import type { KubeObject } from '../../api/meta.ts';
import { groupVersionText } from '../kinds/resource-table.ts';
import { equalJson, isRecord } from '../store/json-value.ts';
import { compare, type Comparison } from '../structured-merge/compare.ts';
import { atomOf, emptyObject } from '../structured-merge/custom-atoms.ts';
import { difference, EMPTY, type FieldSet, isEmpty, union } from '../structured-merge/field-set.ts';
import { Unmergeable } from '../structured-merge/path-element.ts';
import { dispossess } from '../structured-merge/updater.ts';
import { capUpdaters } from './cap-updaters.ts';
import {
  entriesOf,
  identityText,
  type ManagedFieldsEntry,
  type Manager,
  type ManagerIdentity,
  sentManagers,
  storedManagers,
} from './entries.ts';

/** Whose write it is, and when. A status subresource owns only what it may write. */
export interface Writer {
  readonly definition: ResourceDefinition;
  readonly fieldManager: string;
  /** Empty for the main resource. */
  readonly subresource: string;
  /** RFC 3339, seconds. */
  readonly now: string;
}

/** Fields that the server sets, or that say which object it is: nobody owns them. (managedfields stripMetaManager) */
const UNOWNED: FieldSet = {
  'f:apiVersion': {},
  'f:kind': {},
  'f:metadata': {
    '.': {},
    'f:name': {},
    'f:namespace': {},
    'f:creationTimestamp': {},
    'f:selfLink': {},
    'f:uid': {},
    'f:clusterName': {},
    'f:generation': {},
    'f:managedFields': {},
    'f:resourceVersion': {},
  },
};

/** The fields that somebody can own: the rest is the server's. */
export const ownable = (set: FieldSet): FieldSet => difference(set, UNOWNED);

const updaterIdentity = ({ definition, fieldManager, subresource }: Writer): ManagerIdentity => ({
  manager: fieldManager,
  operation: 'Update',
  apiVersion: groupVersionText(definition),
  subresource,
});

/** Sets the managedFields of an object that is being created: all that it says belongs to its creator. */
export function trackCreate(writer: Writer, object: KubeObject): void {
  delete object.metadata.managedFields;
  const entries = guarded(() => entriesOf([creator(writer, object)]), undefined);
  if (entries !== undefined) object.metadata.managedFields = entries;
}

/** The manager that owns everything of an object. */
export function creator(writer: Writer, object: KubeObject): Manager {
  const { definition } = writer;
  const { status } = definition;
  const { added = EMPTY, modified = EMPTY } = compare(emptyObject(definition), object, atomOf(definition)) ?? {};
  const all = union(added, modified);
  const { 'f:status': ofStatus, 'f:metadata': ofMetadata, ...rest } = all;
  const own = (name: string, node: FieldSet | undefined): FieldSet => (node === undefined ? EMPTY : { [name]: node });
  let set = all;
  if (writer.subresource === 'status') set = { ...own('f:metadata', ofMetadata), ...own('f:status', ofStatus) };
  else if (status !== undefined && ofStatus !== undefined) set = { ...own('f:metadata', ofMetadata), ...rest };
  const identity = updaterIdentity(writer);
  return { ...identity, id: identityText(identity), set: ownable(set), time: writer.now };
}

/**
 * Sets the managedFields of an object that is written over another: what the write changes belongs to its writer now, and no
 * longer to anybody else. A client may send entries of its own, or `[{}]` to have them forgotten; once forgotten they are not kept until
 * somebody applies. What changes nothing leaves them as they are. `wanted` must be complete, `old` is frozen.
 */
export function trackUpdate(writer: Writer, wanted: KubeObject, old: KubeObject): void {
  const stored = (old.metadata.managedFields ?? []) as ManagedFieldsEntry[];
  const sent = writer.subresource === '' ? wanted.metadata.managedFields : undefined;
  delete wanted.metadata.managedFields;
  const own = sent === undefined || equalJson(sent, stored);
  const entries = guarded(
    () => {
      const managers = own ? storedManagers(stored) : startingPoint(sent, stored);
      if (managers.length === 0) return undefined;
      const tracked = afterUpdate(writer, wanted, old, managers);
      return own && tracked === managers ? stored : entriesOf(tracked);
    },
    stored.length === 0 ? undefined : stored,
  );
  if (entries !== undefined) wanted.metadata.managedFields = entries as unknown[];
}

function startingPoint(sent: readonly unknown[], stored: readonly ManagedFieldsEntry[]): readonly Manager[] {
  if (isReset(sent)) return [];
  const managers = sentManagers(sent);
  return managers === undefined || managers.length === 0 ? storedManagers(stored) : managers;
}

/** An empty list, or one with an empty entry, which clients send that cannot send an empty list. */
const isReset = (sent: readonly unknown[]): boolean =>
  sent.length === 0 || (sent.length === 1 && isRecord(sent[0]) && Object.keys(sent[0]).length === 0);

/** Gives `managers` itself when nothing changes hands. */
function afterUpdate(writer: Writer, wanted: KubeObject, old: KubeObject, managers: readonly Manager[]): readonly Manager[] {
  const comparison = compare(old, wanted, atomOf(writer.definition));
  if (comparison === undefined) return managers;
  const kept = settle(managers, comparison);
  const taken = ownable(union(comparison.added ?? EMPTY, comparison.modified ?? EMPTY));
  if (isEmpty(taken)) return kept;
  const identity = updaterIdentity(writer);
  const id = identityText(identity);
  const previous = kept.find((manager) => manager.id === id);
  const mine: Manager = { ...identity, id, set: union(previous?.set ?? EMPTY, taken), time: writer.now };
  return capUpdaters([...kept.filter((manager) => manager !== previous), mine]);
}

/** What everybody has left after a change. Gives `managers` itself when nobody loses anything. */
export function settle(managers: readonly Manager[], comparison: Comparison): readonly Manager[] {
  const left = managers.map((manager) => {
    const set = dispossess(manager.set, comparison);
    if (set === manager.set) return manager;
    const { entry: _entry, ...rest } = manager;
    return { ...rest, set };
  });
  return left.every((manager, i) => manager === managers[i]) ? managers : left.filter(({ set }) => !isEmpty(set));
}

/** Objects of before the rules of today may be unfit: that must not keep them from being changed. */
function guarded<T>(work: () => T, otherwise: T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Unmergeable) return otherwise;
    throw error;
  }
}
