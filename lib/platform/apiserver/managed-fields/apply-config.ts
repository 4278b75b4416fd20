import type { Json, KubeObject } from '../../api/meta.ts';
import { newBadRequest } from '../../api/status-error.ts';
import { groupVersionText } from '../kinds/resource-table.ts';
import { cloneJson, isRecord } from '../store/json-value.ts';
import type { Comparison } from '../structured-merge/compare.ts';
import { atomOf, emptyObject, type MergedKind } from '../structured-merge/custom-atoms.ts';
import { difference, EMPTY, isEmpty } from '../structured-merge/field-set.ts';
import { Unmergeable } from '../structured-merge/path-element.ts';
import { applyConfig, conflictOf, type Pause } from '../structured-merge/updater.ts';
import { validateConfig } from '../structured-merge/validate-config.ts';
import { type ManagerConflict, newConflictError } from './conflict-error.ts';
import {
  entriesOf,
  identityText,
  type ManagedFieldsEntry,
  type Manager,
  type ManagerIdentity,
  storedManagers,
} from './entries.ts';
import { KUBECTL, lastAppliedSet, updateLastApplied } from './last-applied.ts';
import { creator, ownable, settle, type Writer } from './track-update.ts';

/** Owner of everything that was there before anybody's fields were known. */
const BEFORE_FIRST_APPLY = 'before-first-apply';

export interface Application {
  /** A configuration of the stored kind, whose original has passed checkConfig. */
  readonly config: Record<string, Json>;
  readonly force: boolean;
  /** How the client said it, where the object itself is applied. */
  readonly original?: OriginalConfig;
}

export interface OriginalConfig {
  readonly config: Record<string, Json>;
  /** Its version of the kind. */
  readonly kind: MergedKind;
  /** A configuration of the original's version as one of the stored version. */
  toStored(config: Record<string, Json>): Record<string, Json>;
}

/** Refuses a body that is no configuration of that kind (managedfields versionCheckManager, structuredMergeManager). */
export function checkConfig(
  value: unknown,
  kind: MergedKind & { readonly group: string; readonly version: string; readonly kind: string },
): Record<string, Json> {
  if (!isRecord(value)) throw newBadRequest('error decoding YAML: the body is no object');
  const { apiVersion = '', kind: said = '', metadata } = value;
  const group = String(apiVersion).includes('/') ? String(apiVersion) : `/${String(apiVersion)}`;
  const type = `${group}, Kind=${String(said)}`;
  if (apiVersion !== groupVersionText(kind) || said !== kind.kind) throw newBadRequest(`invalid object type: ${type}`);
  const { name = '', namespace = '', managedFields } = isRecord(metadata) ? metadata : {};
  if (managedFields !== undefined && managedFields !== null) throw newBadRequest('metadata.managedFields must be nil');
  const errors = validateConfig(value, atomOf(kind));
  if (errors.length === 0) return value as Record<string, Json>;
  const text = errors.length === 1 ? errors[0]! : ['errors:', ...errors.map((each) => `  ${each}`)].join('\n');
  // Kubernetes answers 500 without a reason. It is the client's mistake, and trying again does not help.
  throw newBadRequest(`failed to create typed patch object (${String(namespace)}/${String(name)}; ${type}): ${text}`);
}

/**
 * What an application makes of the live object (undefined: there is none): merged, with what the applier no longer says gone, and with its
 * managedFields. The result is new and has not been checked. Rejects with Conflict, with each field and its owner, unless forced.
 */
export async function applyToObject(
  writer: Writer,
  live: KubeObject | undefined,
  application: Application,
  pause: Pause,
): Promise<KubeObject> {
  try {
    return await applied(writer, live, application, pause);
  } catch (error) {
    throw error instanceof Unmergeable ? newBadRequest(`failed to create typed live object: ${error.message}`) : error;
  }
}

/** What this way into the object may write at all: the status belongs to its subresource, and only that to it. */
function ownPart({ definition, subresource }: Writer, config: Record<string, Json>): Record<string, Json> {
  if (definition.status === undefined || (subresource !== '' && subresource !== 'status')) return config;
  return Object.fromEntries(
    Object.entries(config).filter(([key]) =>
      subresource === 'status' ? ['apiVersion', 'kind', 'metadata', 'status'].includes(key) : key !== 'status',
    ),
  );
}

async function applied(
  writer: Writer,
  live: KubeObject | undefined,
  application: Application,
  pause: Pause,
): Promise<KubeObject> {
  const { definition } = writer;
  const { force, original } = application;
  const config = ownPart(writer, application.config);
  const atom = atomOf(definition);
  const stored = (live?.metadata.managedFields ?? []) as ManagedFieldsEntry[];
  const known = live === undefined || stored.length > 0 ? storedManagers(stored) : [beforeFirstApply(writer, live)];
  const identity: ManagerIdentity = {
    manager: writer.fieldManager,
    operation: 'Apply',
    apiVersion: groupVersionText(writer.definition),
    subresource: writer.subresource,
  };
  const id = identityText(identity);
  const previous = known.find((manager) => manager.id === id);
  const others = known.filter((manager) => manager !== previous);
  const result = await applyConfig(live ?? emptyObject(definition), config, atom, others, previous?.set, pause);
  await pause();
  const comparison = result.comparison ?? {};
  if (!force && live !== undefined) refuseConflicts(writer, live, conflictsWith(others, comparison), original);
  const set = ownable(result.set);
  const unchanged = result.comparison === undefined && previous !== undefined && sameSet(previous, set);
  await pause();
  const mine: Manager = unchanged ? previous : { ...identity, id, set, time: writer.now };
  const object = cloneJson(result.object ?? {}) as KubeObject;
  await pause();
  // It is refused later, for want of a name.
  if (!isRecord(object.metadata)) object.metadata = {};
  const entries = entriesOf([...settle(others, comparison), mine]);
  if (entries === undefined) delete object.metadata.managedFields;
  else object.metadata.managedFields = entries;
  if (writer.fieldManager === KUBECTL && original !== undefined) updateLastApplied(object, original.config);
  return object;
}

function conflictsWith(others: readonly Manager[], comparison: Comparison): ManagerConflict[] {
  return others.flatMap((owner) => {
    const found = conflictOf(owner, comparison);
    return found === undefined ? [] : [{ ...found, owner }];
  });
}

const beforeFirstApply = (writer: Writer, live: KubeObject): Manager =>
  creator({ ...writer, fieldManager: BEFORE_FIRST_APPLY }, live);

const sameSet = (previous: Manager, set: Manager['set']): boolean =>
  isEmpty(difference(previous.set, set)) && isEmpty(difference(set, previous.set));

/** kubectl may take over what client-side apply set, and nobody has changed since. */
function refuseConflicts(
  writer: Writer,
  live: KubeObject,
  conflicts: readonly ManagerConflict[],
  original: OriginalConfig | undefined,
): void {
  if (conflicts.length === 0) return;
  const mayTakeOver = writer.fieldManager === KUBECTL && original !== undefined;
  const allowed = mayTakeOver ? lastAppliedSet(live, atomOf(writer.definition), original) : undefined;
  const left = conflicts
    .map((each) => ({ ...each, set: difference(each.set, allowed ?? EMPTY) }))
    .filter(({ set }) => !isEmpty(set));
  if (left.length > 0) throw newConflictError(left);
}
