import { createHash } from 'node:crypto';
import { groupVersionText } from '../kinds/resource-table.ts';
import { foreignKind, type ServedGroup, type ServedResource } from './served-resources.ts';

/** A document that never changes while the server runs. */
export interface Document {
  readonly bytes: Buffer;
  /** With its quotes. */
  readonly etag: string;
}

/** A value as the body of an answer, encoded once. */
export const document = (value: unknown): Document => documentOf(Buffer.from(JSON.stringify(value)));

/** A document with the tag by which clients ask whether it has changed. */
export function documentOf(bytes: Buffer): Document {
  return { bytes, etag: `"${createHash('sha512').update(bytes).digest('hex').toUpperCase()}"` };
}

/** apidiscovery.k8s.io APIGroupDiscoveryList: everything in one answer (KEP-3352). */
export function aggregatedDocument(groups: readonly ServedGroup[], version: 'v2' | 'v2beta1'): Document {
  return document({
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map((group) => ({
      metadata: { ...(group.name === '' ? {} : { name: group.name }), creationTimestamp: null },
      versions: group.versions.map(({ version, resources }) => ({
        version,
        resources: resources.map((resource) => aggregatedResource(resource)),
        freshness: 'Current',
      })),
    })),
  });
}

/** A resource of an APIGroupDiscovery. */
export function aggregatedResource(resource: ServedResource): object {
  const { group, version, kind } = resource;
  return {
    resource: resource.plural,
    responseKind: { group, version, kind },
    scope: resource.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: resource.singular,
    verbs: resource.verbs,
    ...(resource.shortNames.length === 0 ? {} : { shortNames: resource.shortNames }),
    ...(resource.categories.length === 0 ? {} : { categories: resource.categories }),
    ...(resource.subresources.length === 0
      ? {}
      : {
          subresources: resource.subresources.map(({ name, group, version, kind, verbs }) => ({
            subresource: name,
            responseKind: { group, version, kind },
            verbs,
          })),
        }),
  };
}

/** GET /api without the aggregated type. */
export const apiVersions = (serverAddress: string): Document =>
  document({ kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }] });

function apiGroup(group: ServedGroup): object {
  const versions = group.versions.map(({ version }) => ({
    groupVersion: groupVersionText({ group: group.name, version }),
    version,
  }));
  return { name: group.name, versions, preferredVersion: versions[0] };
}

/** GET /apis/GROUP */
export const apiGroupDocument = (group: ServedGroup): Document =>
  document({ kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(group) });

/** GET /apis */
export const apiGroupList = (groups: readonly ServedGroup[]): Document =>
  document({ kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(apiGroup) });

/** GET /api/v1 and /apis/GROUP/VERSION */
export function resourceList(group: string, version: string, resources: readonly ServedResource[]): Document {
  const path = { group, version };
  return document({
    kind: 'APIResourceList',
    ...(group === '' ? {} : { apiVersion: 'v1' }),
    groupVersion: groupVersionText(path),
    resources: resources.flatMap((resource) => [
      {
        name: resource.plural,
        singularName: resource.singular,
        namespaced: resource.namespaced,
        kind: resource.kind,
        verbs: resource.verbs,
        ...(resource.shortNames.length === 0 ? {} : { shortNames: resource.shortNames }),
        ...(resource.categories.length === 0 ? {} : { categories: resource.categories }),
        storageVersionHash:
          createHash('sha512')
            .update(`${groupVersionText(path)}/${resource.kind}`)
            .digest('base64')
            .slice(0, 11) + '=',
      },
      ...resource.subresources.map((subresource) => ({
        name: `${resource.plural}/${subresource.name}`,
        singularName: '',
        namespaced: resource.namespaced,
        ...(foreignKind(path, subresource) ? { group: subresource.group, version: subresource.version } : {}),
        kind: subresource.kind,
        verbs: subresource.verbs,
      })),
    ]),
  });
}
