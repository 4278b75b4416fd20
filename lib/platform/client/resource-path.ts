import { newBadRequest } from '../api/status-error.ts';
import type { GetOptions, ListOptions, ResourceRef, WatchOptions, WriteOptions } from '../api/verbs.ts';

/** One path segment, percent-encoded. Dots alone would be resolved away by a proxy and name something else. */
function segment(value: string, what: string): string {
  if (value === '' || value === '.' || value === '..') throw newBadRequest(`invalid ${what} ${JSON.stringify(value)}`);
  return encodeURIComponent(value);
}

/** The URL path of a resource, without discovery: `/api/v1/...` for the core group, `/apis/GROUP/VERSION/...` for the rest. */
export function resourcePath(ref: ResourceRef): string {
  const version = segment(ref.version, 'version');
  const parts = [ref.group === '' ? `/api/${version}` : `/apis/${segment(ref.group, 'group')}/${version}`];
  if (ref.namespace !== undefined) parts.push('namespaces', segment(ref.namespace, 'namespace'));
  parts.push(segment(ref.resource, 'resource'));
  if (ref.name !== undefined) parts.push(segment(ref.name, 'name'));
  if (ref.subresource !== undefined) {
    if (ref.name === undefined) throw newBadRequest(`subresource ${ref.subresource} of ${ref.resource} needs a name`);
    parts.push(...ref.subresource.split('/').map((part) => segment(part, 'subresource')));
  }
  return parts.join('/');
}

/** As `resourcePath`, of one object: a DELETE that lost its name would empty the collection. */
export function objectPath(ref: ResourceRef): string {
  if (ref.name === undefined) throw newBadRequest('resource name may not be empty');
  return resourcePath(ref);
}

function query(values: Record<string, string | number | boolean | undefined>): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) if (value !== undefined && value !== false) params.set(key, String(value));
  return params.size === 0 ? '' : `?${params}`;
}

const listValues = (options: ListOptions): Record<string, string | number | undefined> => ({
  labelSelector: options.labelSelector,
  fieldSelector: options.fieldSelector,
  limit: options.limit,
  continue: options.continue,
  resourceVersion: options.resourceVersion,
  resourceVersionMatch: options.resourceVersionMatch,
});

/** Options as query of a URL, with its question mark; '' for none. */
export const getQuery = ({ resourceVersion, labelSelector, metricLabelSelector }: GetOptions = {}): string =>
  query({ resourceVersion, labelSelector, metricLabelSelector });

/** The same for a list. */
export const listQuery = (options: ListOptions = {}): string => query(listValues(options));

/** The same for a watch. */
export const watchQuery = (options: WatchOptions = {}): string =>
  query({
    ...listValues(options),
    watch: 'true',
    allowWatchBookmarks: options.allowWatchBookmarks,
    sendInitialEvents: options.sendInitialEvents,
    timeoutSeconds: options.timeoutSeconds,
  });

/** The same for what changes an object. */
export const writeQuery = (options: WriteOptions = {}): string =>
  query({
    dryRun: options.dryRun === true ? 'All' : undefined,
    fieldManager: options.fieldManager,
    fieldValidation: options.fieldValidation,
    force: options.force,
  });
