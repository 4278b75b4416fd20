import { KUBERNETES_VERSION } from '../../api/kubernetes-version.ts';
import { newNotAcceptable } from '../../api/status-error.ts';
import type { ResourceTable } from '../kinds/resource-table.ts';
import { parseAccept } from '../http/negotiation.ts';
import type { Answer } from '../http/response.ts';
import {
  aggregatedDocument,
  apiGroupDocument,
  apiGroupList,
  apiVersions,
  document,
  type Document,
  documentOf,
  resourceList,
} from './discovery-documents.ts';
import { openApi as openApiOf, openApiDocument, openApiIndex, openApiPath } from './open-api-document.ts';
import { servedGroups, type ServedGroup } from './served-resources.ts';
import { swaggerDocument } from './swagger-document.ts';
import { swaggerProtobuf } from './swagger-protobuf.ts';

/** What discovery needs to know of a request. */
export interface DiscoveryRequest {
  readonly path: string;
  readonly accept: string | undefined;
  readonly ifNoneMatch: string | undefined;
  readonly pretty: boolean;
}

/** Answers everything below /api, /apis and /openapi that is about the API itself; undefined for what it does not know. */
export interface Discovery {
  handle(request: DiscoveryRequest): Promise<Answer | undefined> | Answer | undefined;
}

const JSON_TYPE = 'application/json';
/** The second is what clients before 1.27 ask for. */
export const PROTOBUF_TYPES: readonly string[] = [
  'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
  'application/com.github.proto-openapi.spec.v2@v1.0+protobuf',
];

/** What is served here says so at once. */
interface LocalDiscovery {
  handle(request: DiscoveryRequest): Answer | undefined;
}

/** What this server serves. `serverAddress`: HOST:PORT, as clients are told it. */
export function createDiscovery(table: ResourceTable, serverAddress: string): LocalDiscovery {
  // Documents are the same until what is served changes.
  let current: { readonly discovery: LocalDiscovery; readonly changes: number } | undefined;
  return {
    handle(request) {
      if (current?.changes !== table.changes)
        current = { discovery: discoveryOf(servedGroups(table), serverAddress), changes: table.changes };
      return current.discovery.handle(request);
    },
  };
}

function discoveryOf(groups: readonly ServedGroup[], serverAddress: string): LocalDiscovery {
  const named = groups.filter((group) => group.name !== '');
  const core = groups.filter((group) => group.name === '');
  // Documents are large and most of them are never asked for: made at the first question.
  const made = new Map<string, Document>();
  const once = (key: string, make: () => Document): Document => {
    let found = made.get(key);
    if (found === undefined) made.set(key, (found = make()));
    return found;
  };
  const openApi = (group: string, version: string): Document =>
    once(`openapi ${group}/${version}`, () => openApiDocument(group, version, resourcesOf(groups, group, version) ?? []));

  const aggregated = (request: DiscoveryRequest, path: string, list: readonly ServedGroup[], plain: () => Document): Answer => {
    for (const { type, parameters } of parseAccept(request.accept)) {
      if (type !== JSON_TYPE && type !== '*/*') continue;
      if (parameters.get('as') === undefined) break;
      const version = parameters.get('v');
      if (
        parameters.get('g') !== 'apidiscovery.k8s.io' ||
        parameters.get('as') !== 'APIGroupDiscoveryList' ||
        (version !== 'v2' && version !== 'v2beta1')
      )
        continue;
      const contentType = `${JSON_TYPE};g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
      return answer(
        request,
        once(`${path} ${version}`, () => aggregatedDocument(list, version)),
        contentType,
      );
    }
    return answer(request, once(path, plain), JSON_TYPE);
  };

  const swaggerOf = (): Record<string, unknown> =>
    swaggerDocument(
      groups.flatMap(({ name, versions }) => versions.map(({ version, resources }) => openApiOf(name, version, resources))),
      KUBERNETES_VERSION.gitVersion,
    );
  /** JSON, or the protobuf message that client-go asks for. */
  const swagger = (request: DiscoveryRequest): Answer => {
    const asked = parseAccept(request.accept).find(({ type }) => [JSON_TYPE, '*/*', ...PROTOBUF_TYPES].includes(type));
    if (request.accept !== undefined && request.accept !== '' && asked === undefined)
      throw newNotAcceptable(`only the following media types are accepted: ${[JSON_TYPE, ...PROTOBUF_TYPES].join(', ')}`);
    if (asked === undefined || !PROTOBUF_TYPES.includes(asked.type))
      return answer(
        request,
        once('openapi v2', () => document(swaggerOf())),
        JSON_TYPE,
      );
    return answer(
      { ...request, pretty: false },
      once('openapi v2 protobuf', () => documentOf(swaggerProtobuf(swaggerOf()))),
      PROTOBUF_TYPES[0]!,
    );
  };

  return {
    handle(request) {
      const path = request.path.length > 1 && request.path.endsWith('/') ? request.path.slice(0, -1) : request.path;
      if (path === '/api') return aggregated(request, path, core, () => apiVersions(serverAddress));
      if (path === '/apis') return aggregated(request, path, named, () => apiGroupList(named));
      if (path === '/openapi/v3')
        return answer(
          request,
          once(path, () => openApiIndex(groups, openApi)),
          JSON_TYPE,
        );
      if (path === '/openapi/v2') return swagger(request);
      for (const group of groups) {
        if (group.name !== '' && path === `/apis/${group.name}`)
          return answer(
            request,
            once(path, () => apiGroupDocument(group)),
            JSON_TYPE,
          );
        for (const { version, resources } of group.versions) {
          const own = openApiPath(group.name, version);
          if (path === `/${own}`)
            return answer(
              request,
              once(path, () => resourceList(group.name, version, resources)),
              JSON_TYPE,
            );
          if (path === `/openapi/v3/${own}`) return answer(request, openApi(group.name, version), JSON_TYPE);
        }
      }
      return undefined;
    },
  };
}

const resourcesOf = (
  groups: readonly ServedGroup[],
  group: string,
  version: string,
): ServedGroup['versions'][number]['resources'] | undefined =>
  groups.find(({ name }) => name === group)?.versions.find((each) => each.version === version)?.resources;

/** The document for who asks: as they want to read it, or only that they have it already. */
export function answer(request: DiscoveryRequest, found: Document, contentType: string): Answer {
  const headers = { etag: found.etag, vary: 'Accept', 'cache-control': 'public' };
  if (request.ifNoneMatch !== undefined && request.ifNoneMatch.includes(found.etag))
    return { code: 304, contentType, body: Buffer.alloc(0), headers };
  const body = request.pretty
    ? Buffer.from(`${JSON.stringify(JSON.parse(found.bytes.toString('utf8')), undefined, 2)}\n`)
    : found.bytes;
  return { code: 200, contentType, body, headers };
}
