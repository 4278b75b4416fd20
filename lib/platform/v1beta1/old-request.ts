import type { IncomingMessage } from 'node:http';
import { newBadRequest, newMethodNotSupported, newNotFound } from '../api/status-error.ts';
import type { ListOptions, ResourceRef } from '../api/verbs.ts';
import { OLD_KINDS, type OldKind } from './kinds.ts';

export const OLD_PATH = '/api/v1beta1/';

/** As much as v1 takes. */
export const LARGEST_BODY = 3 << 20;

/** No object of v1beta1 is nested so deep. */
const DEEPEST = 100;

/** How v1 calls the fields that v1beta1 selects by. */
const FIELDS: Readonly<Record<string, string>> = {
  id: 'metadata.name',
  name: 'metadata.name',
  'desiredstate.host': 'spec.nodeName',
  'currentstate.host': 'spec.nodeName',
};

export type OldVerb = 'list' | 'get' | 'create' | 'update' | 'delete';

/** What a request is about. */
export interface OldRequest {
  readonly verb: OldVerb;
  readonly kind: OldKind;
  /** In v1, with the name when there is one. */
  readonly ref: ResourceRef;
  /** Whether the query named the namespace. */
  readonly namespaceGiven: boolean;
  readonly list: ListOptions;
}

/** @throws StatusError 404 or 405 for what v1beta1 does not serve */
export function readOldRequest({ url, method = '' }: IncomingMessage): OldRequest {
  const { pathname, searchParams } = new URL(url ?? '/', 'http://api');
  const [resource = '', name, ...more] = pathname.slice(OLD_PATH.length).split('/').map(decoded);
  const kind = OLD_KINDS.get(resource);
  if (kind === undefined || more.length > 0) throw newNotFound({ group: '', resource: 'paths' }, pathname);
  const verbs: Record<string, OldVerb> =
    name === undefined ? { GET: 'list', POST: 'create' } : { GET: 'get', PUT: 'update', DELETE: 'delete' };
  if (!Object.hasOwn(verbs, method)) throw newMethodNotSupported({ group: '', resource }, method);
  if (name === '') throw newBadRequest('resource name may not be empty');
  const namespace = searchParams.get('namespace') || undefined;
  return {
    verb: verbs[method]!,
    kind,
    ref: {
      group: '',
      version: 'v1',
      resource: kind.v1.resource,
      ...(name === undefined ? {} : { name }),
      ...(kind.v1.namespaced ? { namespace: namespace ?? 'default' } : {}),
    },
    namespaceGiven: namespace !== undefined,
    list: {
      ...given('labelSelector', searchParams.get('labels')),
      ...given('fieldSelector', searchParams.get('fields')?.replaceAll(/(^|,)([^=!,]+)/g, renamed) ?? null),
    },
  };
}

/** Whether it is about all objects of a kind. */
export const isList = ({ url = '', method }: IncomingMessage): boolean =>
  method === 'GET' && /^[^/?]+\/?(\?|$)/.test(url.slice(OLD_PATH.length));

/** What the body says, which is JSON. @throws StatusError 400 */
export function parseBody(body: Buffer): unknown {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw newBadRequest('the body is not JSON');
  }
  if (isDeeper(value, DEEPEST)) throw newBadRequest(`the body is nested deeper than ${DEEPEST}`);
  return value;
}

/** Level by level: what is nested very deep would exhaust the stack. */
function isDeeper(value: unknown, depth: number): boolean {
  const isContainer = (each: unknown): each is object => typeof each === 'object' && each !== null;
  let level = [value].filter(isContainer);
  for (let i = 0; i < depth && level.length > 0; i++) level = level.flatMap((each) => Object.values(each).filter(isContainer));
  return level.length > 0;
}

const renamed = (_all: string, comma: string, field: string): string => comma + (FIELDS[field.toLowerCase()] ?? field);

const given = (name: string, value: string | null): object => (value === null || value === '' ? {} : { [name]: value });

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw newBadRequest(`${JSON.stringify(segment)} is no part of a path`);
  }
}
