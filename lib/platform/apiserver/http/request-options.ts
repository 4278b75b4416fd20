import { newBadRequest, newInvalid, type StatusError } from '../../api/status-error.ts';
import { forbidden } from '../../api/validation/causes.ts';
import type { DeleteOptions, ListOptions, WatchOptions } from '../../api/verbs.ts';
import type { FieldValidation } from '../operations/operation.ts';
import { isRecord } from '../store/json-value.ts';

const TRUE = new Set(['true', '1', 't', 'T', 'TRUE', 'True', '']);

const flag = (query: URLSearchParams, name: string): boolean | undefined => {
  const value = query.get(name);
  return value === null ? undefined : TRUE.has(value);
};

function integer(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (value === null || value === '') return undefined;
  if (!/^-?\d{1,15}$/.test(value)) throw newBadRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`);
  return Number(value);
}

const text = (query: URLSearchParams, name: string): string | undefined => query.get(name) ?? undefined;

/** Drops what is undefined: absent and undefined are two things to exactOptionalPropertyTypes. */
function present<T extends object>(values: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}

/** Whether a list is to go on as a watch. */
export const isWatch = (query: URLSearchParams): boolean => flag(query, 'watch') ?? false;

/** Options of a list or a watch (meta/v1 ListOptions). */
export function listOptions(query: URLSearchParams): WatchOptions & ListOptions {
  return present<WatchOptions & ListOptions>({
    labelSelector: text(query, 'labelSelector'),
    fieldSelector: text(query, 'fieldSelector'),
    limit: integer(query, 'limit'),
    continue: text(query, 'continue'),
    resourceVersion: text(query, 'resourceVersion'),
    resourceVersionMatch: (text(query, 'resourceVersionMatch') || undefined) as ListOptions['resourceVersionMatch'],
    allowWatchBookmarks: flag(query, 'allowWatchBookmarks'),
    sendInitialEvents: flag(query, 'sendInitialEvents'),
    timeoutSeconds: integer(query, 'timeoutSeconds'),
  });
}

const optionsError = (kind: string, field: string, value: unknown, supported: readonly string[]): StatusError =>
  newInvalid({ group: 'meta.k8s.io', kind }, '', [
    {
      reason: 'FieldValueNotSupported',
      field,
      message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported.map((each) => JSON.stringify(each)).join(', ')}`,
    },
  ]);

/** `dryRun=All` is all there is. */
export function isDryRun(values: readonly string[], kind: string): boolean {
  for (const value of values) if (value !== 'All') throw optionsError(kind, 'dryRun', value, ['All']);
  return values.length > 0;
}

/** Throws a StatusError for what is none of the three. */
export function fieldValidation(query: URLSearchParams, kind: string): FieldValidation {
  const value = query.get('fieldValidation') ?? '';
  if (value === '') return 'Warn';
  if (value === 'Ignore' || value === 'Warn' || value === 'Strict') return value;
  throw optionsError(kind, 'fieldValidation', value, ['Ignore', 'Strict', 'Warn']);
}

/** Whether an application takes fields from their owners. Other patches may not even say that they do not. */
export function forced(query: URLSearchParams, apply: boolean): boolean {
  const force = flag(query, 'force');
  if (force === undefined || apply) return force ?? false;
  throw newInvalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [
    forbidden('force', 'may not be specified for non-apply patch'),
  ]);
}

/** DeleteOptions of the query, under those of the body. Unknown keys of the body are ignored, as the real server does. */
export function deleteOptions(query: URLSearchParams, body: unknown): DeleteOptions {
  if (body !== undefined && body !== null && !isRecord(body)) throw newBadRequest('delete options must be an object');
  const given = (body ?? {}) as Record<string, unknown>;
  const orphan = given['orphanDependents'] ?? flag(query, 'orphanDependents');
  const policy = (given['propagationPolicy'] as string | undefined) ?? query.get('propagationPolicy') ?? undefined;
  if (policy !== undefined && typeof orphan === 'boolean')
    throw newInvalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', [
      {
        reason: 'FieldValueInvalid',
        field: 'propagationPolicy',
        message: `Invalid value: ${JSON.stringify(policy)}: orphanDependents and deletionPropagation cannot be both set`,
      },
    ]);
  const legacy = typeof orphan !== 'boolean' ? undefined : orphan ? 'Orphan' : 'Background';
  const dryRun = Array.isArray(given['dryRun']) ? given['dryRun'].map(String) : query.getAll('dryRun');
  const grace = given['gracePeriodSeconds'] ?? integer(query, 'gracePeriodSeconds');
  return present<DeleteOptions>({
    gracePeriodSeconds: (grace ?? undefined) as number | undefined,
    propagationPolicy: (policy || legacy) as DeleteOptions['propagationPolicy'],
    preconditions: preconditionsOf(given['preconditions']),
    dryRun: isDryRun(dryRun, 'DeleteOptions') ? true : undefined,
  });
}

function preconditionsOf(value: unknown): DeleteOptions['preconditions'] {
  if (!isRecord(value)) return undefined;
  const { uid, resourceVersion } = value;
  return present<NonNullable<DeleteOptions['preconditions']>>({
    uid: typeof uid === 'string' && uid !== '' ? uid : undefined,
    resourceVersion: typeof resourceVersion === 'string' && resourceVersion !== '' ? resourceVersion : undefined,
  });
}
