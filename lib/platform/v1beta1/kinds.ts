import type { KubeObject } from '../api/meta.ts';
import { newBadRequest } from '../api/status-error.ts';
import { minionFromV1, minionToV1 } from './minion.ts';
import { podFromV1, podToV1 } from './pod.ts';
import { controllerFromV1, controllerToV1 } from './replication-controller.ts';
import { serviceFromV1, serviceToV1 } from './service.ts';
import { type Fields, objectAt } from './shapes.ts';

/** A kind of v1beta1 and what it is in v1. */
export interface OldKind {
  readonly kind: string;
  readonly v1: { readonly kind: string; readonly resource: string; readonly namespaced: boolean };
  readonly toV1: (object: Fields) => { metadata: Fields; spec: Fields };
  readonly fromV1: (object: Fields) => Fields;
}

const namespaced = (kind: string, resource: string): OldKind['v1'] => ({ kind, resource, namespaced: true });

const POD: OldKind = { kind: 'Pod', v1: namespaced('Pod', 'pods'), toV1: podToV1, fromV1: podFromV1 };
const SERVICE: OldKind = { kind: 'Service', v1: namespaced('Service', 'services'), toV1: serviceToV1, fromV1: serviceFromV1 };
const CONTROLLER: OldKind = {
  kind: 'ReplicationController',
  v1: namespaced('ReplicationController', 'replicationcontrollers'),
  toV1: controllerToV1,
  fromV1: controllerFromV1,
};
const MINION: OldKind = {
  kind: 'Minion',
  v1: { kind: 'Node', resource: 'nodes', namespaced: false },
  toV1: minionToV1,
  fromV1: minionFromV1,
};

/** By the name in the path. */
export const OLD_KINDS: ReadonlyMap<string, OldKind> = new Map([
  ['pods', POD],
  ['services', SERVICE],
  ['replicationControllers', CONTROLLER],
  ['minions', MINION],
]);

/** A whole object of v1beta1 as v1's. @throws StatusError 400 for what is of another kind or version, or has another shape */
export function objectToV1(of: OldKind, value: unknown): KubeObject {
  const { kind, apiVersion, ...object } = objectAt(value, 'object');
  if (kind !== undefined && kind !== '' && kind !== of.kind) throw newBadRequest(`kind: ${quoted(kind)} is not ${of.kind}`);
  if (apiVersion !== undefined && apiVersion !== '' && apiVersion !== 'v1beta1')
    throw newBadRequest(`apiVersion: ${quoted(apiVersion)} is not v1beta1`);
  return { apiVersion: 'v1', kind: of.v1.kind, ...of.toV1(object) } as KubeObject;
}

/** The other way round. */
export const objectFromV1 = (of: OldKind, object: KubeObject): Fields => ({
  kind: of.kind,
  apiVersion: 'v1beta1',
  ...of.fromV1(object),
});

const quoted = (value: unknown): string => JSON.stringify(value).slice(0, 80);
