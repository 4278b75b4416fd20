import { createHash } from 'node:crypto';
import type { CustomKind } from '../../api/custom-kind.ts';
import { openApiSchemas } from '../../api/schema/open-api.ts';
import { groupVersionText } from '../kinds/resource-table.ts';
import { document, type Document } from './discovery-documents.ts';
import type { ServedGroup, ServedResource } from './served-resources.ts';

type Parameter = Readonly<Record<string, unknown>>;

const query = (name: string, type: string, description: string): Parameter => ({
  name,
  in: 'query',
  description,
  schema: { type, uniqueItems: true },
});

const PRETTY = query('pretty', 'string', "If 'true', then the output is pretty printed.");
const DRY_RUN = query(
  'dryRun',
  'string',
  'When present, indicates that modifications should not be persisted. Valid values are: All',
);
const FIELD_MANAGER = query('fieldManager', 'string', 'The name of the actor that is making these changes.');
const FIELD_VALIDATION = query(
  'fieldValidation',
  'string',
  'How the server handles unknown and duplicate fields: Ignore, Warn or Strict.',
);
const FORCE = query('force', 'boolean', 'Re-acquire conflicting fields owned by others. Only for apply patches.');
const LIST: readonly Parameter[] = [
  query('labelSelector', 'string', 'Restricts the list by labels.'),
  query('fieldSelector', 'string', 'Restricts the list by fields.'),
  query('limit', 'integer', 'The most items that one answer holds.'),
  query('continue', 'string', 'Where a list goes on, as the answer before told it.'),
  query('resourceVersion', 'string', 'Sets a constraint on what resource versions a request may be served from.'),
  query('resourceVersionMatch', 'string', 'Determines how resourceVersion is applied to list calls.'),
  query('timeoutSeconds', 'integer', 'Timeout for the list or watch call.'),
  query('watch', 'boolean', 'Watch for changes and return them as a stream.'),
  query('allowWatchBookmarks', 'boolean', 'Requests watch events of type BOOKMARK.'),
  query('sendInitialEvents', 'boolean', 'Begins the watch with the state that is there.'),
];
const DELETE: readonly Parameter[] = [
  DRY_RUN,
  query('gracePeriodSeconds', 'integer', 'The duration in seconds before the object should be deleted.'),
  query('propagationPolicy', 'string', 'Whether and how dependents are deleted: Orphan, Background or Foreground.'),
];

const WRITE: readonly Parameter[] = [DRY_RUN, FIELD_MANAGER, FIELD_VALIDATION];

/** What each verb is: HTTP method, the action extension, and its parameters. */
const OPERATIONS: Readonly<
  Record<
    string,
    {
      readonly method: string;
      readonly action: string;
      readonly item: boolean;
      readonly parameters: readonly Parameter[];
      readonly body?: 'object' | 'patch' | 'options';
    }
  >
> = {
  list: { method: 'get', action: 'list', item: false, parameters: LIST },
  create: { method: 'post', action: 'post', item: false, parameters: WRITE, body: 'object' },
  deletecollection: {
    method: 'delete',
    action: 'deletecollection',
    item: false,
    parameters: [...DELETE, ...LIST],
    body: 'options',
  },
  get: { method: 'get', action: 'get', item: true, parameters: [] },
  update: { method: 'put', action: 'put', item: true, parameters: WRITE, body: 'object' },
  patch: { method: 'patch', action: 'patch', item: true, parameters: [...WRITE, FORCE], body: 'patch' },
  delete: { method: 'delete', action: 'delete', item: true, parameters: DELETE, body: 'options' },
};

const PATCHES = [
  'application/apply-patch+yaml',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
];

/** Path below the server's root: `api/v1`, `apis/apps/v1`. */
export const openApiPath = (group: string, version: string): string =>
  group === '' ? `api/${version}` : `apis/${group}/${version}`;

/** The OpenAPI v3 document of a group version. */
export const openApiDocument = (group: string, version: string, resources: readonly ServedResource[]): Document =>
  document(openApi(group, version, resources));

/** The same before it is text. What says the same in many places is the same object. */
export function openApi(group: string, version: string, resources: readonly ServedResource[]): Record<string, unknown> {
  const schemas = { ...openApiSchemas(group, version, hasCustom(resources) ? META : []), ...customSchemas(resources) } as Record<
    string,
    { 'x-kubernetes-group-version-kind'?: readonly { group: string; version: string; kind: string }[] }
  >;
  const schemaOf = new Map<string, string>();
  for (const [name, schema] of Object.entries(schemas))
    for (const gvk of schema['x-kubernetes-group-version-kind'] ?? []) schemaOf.set(`${groupVersionText(gvk)}/${gvk.kind}`, name);
  const paths: Record<string, Record<string, unknown>> = {};
  for (const resource of resources) addResource(paths, `/${openApiPath(group, version)}`, resource, schemaOf);
  return { openapi: '3.0.0', info: { title: 'Kubernetes', version: 'unversioned' }, paths, components: { schemas } };
}

/** What schemas of custom kinds refer to. */
const META = ['ObjectMeta', 'ListMeta'].map((name) => `io.k8s.apimachinery.pkg.apis.meta.v1.${name}`);

const hasCustom = (resources: readonly ServedResource[]): boolean => resources.some(({ custom }) => custom !== undefined);

const customSchemas = (resources: readonly ServedResource[]): Record<string, object> =>
  Object.assign({}, ...resources.map(({ custom }) => custom?.schema.openApi())) as Record<string, object>;

function addResource(
  paths: Record<string, Record<string, unknown>>,
  root: string,
  resource: ServedResource,
  schemaOf: ReadonlyMap<string, string>,
): void {
  const base = `${root}${resource.namespaced ? '/namespaces/{namespace}' : ''}/${resource.plural}`;
  add(paths, base, resource.verbs, resource, resource.namespaced, schemaOf, '');
  if (resource.namespaced && resource.verbs.includes('list'))
    add(paths, `${root}/${resource.plural}`, ['list'], resource, false, schemaOf, 'ForAllNamespaces');
  for (const subresource of resource.subresources) {
    const kind = { ...resource, ...subresource };
    for (const verb of subresource.verbs) {
      const of = verb === 'create' ? { ...OPERATIONS['create']!, item: true } : OPERATIONS[verb];
      if (of !== undefined)
        put(paths, `${base}/{name}/${subresource.name}`, of, kind, resource.namespaced, schemaOf, capital(subresource.name));
    }
  }
}

function add(
  paths: Record<string, Record<string, unknown>>,
  base: string,
  verbs: readonly string[],
  resource: ServedResource,
  namespaced: boolean,
  schemaOf: ReadonlyMap<string, string>,
  suffix: string,
): void {
  for (const verb of verbs) {
    const operation = OPERATIONS[verb];
    if (operation !== undefined)
      put(paths, operation.item ? `${base}/{name}` : base, operation, resource, namespaced, schemaOf, suffix);
  }
}

function put(
  paths: Record<string, Record<string, unknown>>,
  path: string,
  operation: (typeof OPERATIONS)[string],
  kind: { readonly group: string; readonly version: string; readonly kind: string; readonly custom?: CustomKind },
  namespaced: boolean,
  schemaOf: ReadonlyMap<string, string>,
  suffix: string,
): void {
  const schema = schemaOf.get(`${groupVersionText(kind)}/${kind.kind}`);
  const custom = kind.custom !== undefined;
  const reference = schema === undefined ? { type: 'object' } : { $ref: `#/components/schemas/${schema}` };
  const at = (paths[path] ??= {
    parameters: [
      ...(path.includes('{name}') ? [pathParameter('name', `name of the ${kind.kind}`)] : []),
      ...(namespaced ? [NAMESPACE] : []),
      PRETTY,
    ],
  });
  at[operation.method] = {
    operationId: `${operation.action}${capital(kind.group.split('.')[0] === '' ? 'core' : kind.group.split('.')[0]!)}${capital(kind.version)}${namespaced ? 'Namespaced' : ''}${kind.kind}${suffix}`,
    parameters: operation.parameters,
    ...(operation.body === undefined
      ? {}
      : { requestBody: { content: bodyContent(operation.body, reference, custom), required: operation.body !== 'options' } }),
    responses: {
      '200': { description: 'OK', content: { 'application/json': { schema: reference } } },
      '401': { description: 'Unauthorized' },
    },
    'x-kubernetes-action': operation.action,
    'x-kubernetes-group-version-kind': { group: kind.group, version: kind.version, kind: kind.kind },
  };
}

function bodyContent(body: 'object' | 'patch' | 'options', reference: object, custom: boolean): object {
  const patches = custom ? PATCHES.filter((type) => !type.includes('strategic')) : PATCHES;
  if (body === 'patch') return Object.fromEntries(patches.map((type) => [type, { schema: { type: 'object' } }]));
  return { '*/*': { schema: body === 'options' ? { type: 'object' } : reference } };
}

const pathParameter = (name: string, description: string): Parameter => ({
  name,
  in: 'path',
  description,
  required: true,
  schema: { type: 'string', uniqueItems: true },
});

const NAMESPACE = pathParameter('namespace', 'object name and auth scope, such as for teams and projects');

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The index: each document under a URL that holds its hash, so that clients may keep it. */
export function openApiIndex(
  groups: readonly ServedGroup[],
  documentFor: (group: string, version: string) => Document,
): Document {
  const paths: Record<string, object> = {};
  for (const { name, versions } of groups)
    for (const { version, resources } of versions) {
      const path = openApiPath(name, version);
      const hash = fingerprint(resources) ?? documentFor(name, version).etag.slice(1, -1);
      paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` };
    }
  return document({ paths });
}

/** What tells documents of custom kinds apart, without making them: there may be a thousand. Undefined where others are among them. */
function fingerprint(resources: readonly ServedResource[]): string | undefined {
  if (resources.some(({ custom }) => custom === undefined)) return undefined;
  const hash = createHash('sha512');
  for (const { plural, custom } of resources) hash.update(`${plural} ${custom!.fingerprint}\n`);
  return hash.digest('hex').toUpperCase();
}
