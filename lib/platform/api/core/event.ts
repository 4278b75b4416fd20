import { age, column, wideColumn, type Column } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import type { StatusCause } from '../status-error.ts';
import { invalid, required } from '../validation/causes.ts';
import { qualifiedName } from '../validation/names.ts';

/** Seconds that events are kept for, as by the API server's default --event-ttl. */
const TIME_TO_LIVE = 3600;

function validate(object: KubeObject): StatusCause[] {
  const about = object.involvedObject ?? {};
  const { namespace } = object.metadata;
  // Events of cluster-scoped objects stand in `default`.
  const expected = about.namespace ? about.namespace : 'default';
  if (about.namespace === undefined && namespace !== 'default' && namespace !== 'kube-system')
    return [invalid('involvedObject.namespace', about.namespace ?? '', 'does not match event.namespace')];
  if (about.namespace !== undefined && expected !== namespace)
    return [invalid('involvedObject.namespace', about.namespace, 'does not match event.namespace')];
  return object.involvedObject === undefined ? [required('involvedObject')] : validateNewStyle(object);
}

const MAX_TEXT = 128;
const MAX_MESSAGE = 1024;

/** Events with a time of their own say who reports, and what was done. */
function validateNewStyle(object: KubeObject): StatusCause[] {
  if (!object.eventTime) return [];
  const causes: StatusCause[] = [];
  const controller = String(object.reportingComponent ?? '');
  if (controller === '') causes.push(required('reportingController'));
  else for (const text of qualifiedName(controller)) causes.push(invalid('reportingController', controller, text));
  for (const field of ['reportingInstance', 'action', 'reason']) {
    const text = String(object[field] ?? '');
    if (text === '') causes.push(required(field));
    if (text.length > MAX_TEXT) causes.push(invalid(field, '', `can have at most ${MAX_TEXT} characters`));
  }
  if (String(object.message ?? '').length > MAX_MESSAGE)
    causes.push(invalid('message', '', `can have at most ${MAX_MESSAGE} characters`));
  return causes;
}

/** Two forms of one thing: core clients count and stamp, events.k8s.io clients keep a series. */
const lastSeen = (object: KubeObject): string | null | undefined =>
  object.series?.lastObservedTime ?? object.lastTimestamp ?? object.eventTime ?? object.metadata.creationTimestamp;

const firstSeen = (object: KubeObject): string | null | undefined => object.firstTimestamp ?? object.eventTime;

const about = (object: KubeObject): string =>
  object.involvedObject?.name
    ? `${String(object.involvedObject.kind ?? '').toLowerCase()}/${object.involvedObject.name}`
    : String(object.involvedObject?.kind ?? '').toLowerCase();

const source = (object: KubeObject): string =>
  [object.source?.component || object.reportingComponent, object.source?.host || object.reportingInstance]
    .filter(Boolean)
    .join(', ');

const columns: Column[] = [
  column('Last Seen', (object, now) => age(lastSeen(object), now)),
  column('Type', (object) => object.type ?? ''),
  column('Reason', (object) => object.reason ?? ''),
  column('Object', about),
  wideColumn('Subobject', (object) => object.involvedObject?.fieldPath ?? ''),
  wideColumn('Source', source),
  column('Message', (object) => String(object.message ?? '').trim()),
  wideColumn('First Seen', (object, now) => age(firstSeen(object), now)),
  { name: 'Count', type: 'integer', priority: 1, cell: (object) => object.series?.count ?? object.count ?? 1 },
  { ...wideColumn('Name', (object) => object.metadata.name ?? ''), format: 'name' },
];

const involved = (field: string) => (object: KubeObject) => String(object.involvedObject?.[field] ?? '');

export const event = defineResource({
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  shortNames: ['ev'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.Event',
  strategy: { validate, allowCreateOnUpdate: true, timeToLive: TIME_TO_LIVE },
  selectableFields: {
    'involvedObject.kind': involved('kind'),
    'involvedObject.namespace': involved('namespace'),
    'involvedObject.name': involved('name'),
    'involvedObject.uid': involved('uid'),
    'involvedObject.apiVersion': involved('apiVersion'),
    'involvedObject.resourceVersion': involved('resourceVersion'),
    'involvedObject.fieldPath': involved('fieldPath'),
    reason: (object) => object.reason ?? '',
    reportingComponent: (object) => object.reportingComponent ?? '',
    source: (object) => object.source?.component || object.reportingComponent || '',
    type: (object) => object.type ?? '',
  },
  columns,
});
