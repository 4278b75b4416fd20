import { EMPTY, type FieldSet, isEmpty, MEMBER, SELF } from '../structured-merge/field-set.ts';
import { canonicalElement } from '../structured-merge/path-element.ts';
import type { OwnedSet } from '../structured-merge/updater.ts';
import { equalJson, isRecord, setKey } from '../store/json-value.ts';

/** An entry of metadata.managedFields (meta/v1 ManagedFieldsEntry), in the order of its fields on the wire. */
export interface ManagedFieldsEntry {
  readonly manager?: string;
  readonly operation?: string;
  readonly apiVersion?: string;
  /** RFC 3339, seconds. */
  readonly time?: string;
  readonly fieldsType?: string;
  readonly fieldsV1?: FieldSet;
  readonly subresource?: string;
}

/** Who owns fields. Managers with the same identity share an entry. */
export interface ManagerIdentity {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  /** Empty for the main resource. */
  readonly subresource: string;
}

export interface Manager extends OwnedSet, ManagerIdentity {
  readonly time: string | undefined;
  /** The stored entry that says all this. */
  readonly entry?: ManagedFieldsEntry;
}

/** What tells managers apart: an applier's version does not, since its next application replaces all that it owns. */
export const identityText = ({ manager, operation, apiVersion, subresource }: ManagerIdentity): string =>
  `${manager}\n${operation}\n${operation === 'Apply' ? '' : apiVersion}\n${subresource}`;

/** Entries of a stored object: they were checked, or made here, when they were written. */
export function storedManagers(entries: unknown): Manager[] {
  return ((entries ?? []) as ManagedFieldsEntry[]).map((entry) => ({ ...managerOf(entry, entry.fieldsV1 ?? EMPTY), entry }));
}

/** Entries as a client sent them; undefined when there is anything wrong with them. */
export function sentManagers(entries: unknown): Manager[] | undefined {
  if (!Array.isArray(entries)) return undefined;
  const managers = new Map<string, Manager>();
  for (const entry of entries as unknown[]) {
    if (!isRecord(entry) || (entry['operation'] !== 'Apply' && entry['operation'] !== 'Update')) return undefined;
    if (!entry['apiVersion'] || entry['fieldsType'] !== 'FieldsV1') return undefined;
    const set = entry['fieldsV1'] === undefined ? EMPTY : canonicalSet(entry['fieldsV1'], 0);
    if (set === undefined) return undefined;
    const manager = managerOf(entry as ManagedFieldsEntry, set);
    managers.set(manager.id, manager);
  }
  return [...managers.values()];
}

function managerOf(entry: ManagedFieldsEntry, set: FieldSet): Manager {
  const identity: ManagerIdentity = {
    manager: entry.manager ?? '',
    operation: entry.operation === 'Apply' ? 'Apply' : 'Update',
    apiVersion: entry.apiVersion ?? '',
    subresource: entry.subresource ?? '',
  };
  return { ...identity, id: identityText(identity), set, time: entry.time };
}

/** No path of an object is so long; deeper trees would exhaust the stack of everything that walks them. */
const MAX_DEPTH = 200;

function canonicalSet(value: unknown, depth: number): FieldSet | undefined {
  if (!isRecord(value) || depth > MAX_DEPTH) return undefined;
  const set: Record<string, FieldSet> = {};
  for (const key of Object.keys(value)) {
    const element = key === SELF ? SELF : canonicalElement(key);
    const node = element === SELF ? MEMBER : canonicalSet(value[key], depth + 1);
    if (element === undefined || node === undefined) return undefined;
    setKey(set, element, node);
  }
  return set;
}

/** Whether two managedFields say the same but for when it was, which is also what orders them. */
export function sameOwners(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return equalJson(a, b);
  if (a.length !== b.length) return false;
  const others = new Map((b as ManagedFieldsEntry[]).map((entry) => [managerText(entry), entry]));
  return (
    others.size === a.length &&
    (a as ManagedFieldsEntry[]).every((entry) => {
      const other = others.get(managerText(entry));
      return other !== undefined && equalJson({ ...entry, time: undefined }, { ...other, time: undefined });
    })
  );
}

const managerText = ({ manager, operation, subresource, apiVersion }: ManagedFieldsEntry): string =>
  JSON.stringify([manager, operation, subresource, apiVersion]);

/** The entries of these managers, in Kubernetes' order: appliers first, then by time and name. Undefined when nobody owns anything. */
export function entriesOf(managers: readonly Manager[]): ManagedFieldsEntry[] | undefined {
  const owners = managers.filter(({ set }) => !isEmpty(set));
  return owners.length === 0 ? undefined : owners.sort(compareManagers).map((owner) => owner.entry ?? entryOf(owner));
}

const entryOf = ({ manager, operation, apiVersion, time, set, subresource }: Manager): ManagedFieldsEntry => ({
  manager,
  operation,
  apiVersion,
  ...(time === undefined ? {} : { time }),
  fieldsType: 'FieldsV1',
  fieldsV1: set,
  ...(subresource === '' ? {} : { subresource }),
});

function compareManagers(a: Manager, b: Manager): number {
  return (
    compareTexts(a.operation, b.operation) ||
    compareTexts(a.time ?? '', b.time ?? '') ||
    compareTexts(a.manager, b.manager) ||
    compareTexts(a.apiVersion, b.apiVersion) ||
    compareTexts(a.subresource, b.subresource)
  );
}

/** By code units, for sorting: only equal texts are equal. */
export const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
