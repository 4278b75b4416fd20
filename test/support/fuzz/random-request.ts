import { stringify } from 'yaml';
import type { ResourceDefinition } from '../../../lib/platform/api/define-resource.ts';
import type { KubeObject } from '../../../lib/platform/api/meta.ts';
import { encodeProtobuf } from '../../../lib/platform/api/schema/protobuf.ts';
import { chance, type Draw, oddText, oddValue, pick, randomBytes, randomObject } from './random-object.ts';

/** A request as it goes over the wire. Header values and path hold only what HTTP's own parser lets through. */
export interface RandomRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

const NAMES = ['target', 'target', 'a', 'b', 'web'];
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const RARE_METHODS = ['HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY'];
const SEGMENTS = [
  'api',
  'apis',
  'v1',
  'v2',
  'namespaces',
  'default',
  'watch',
  'pods',
  'target',
  'status',
  'scale',
  'proxy',
  'finalize',
  '',
  '.',
  '..',
  '%2e%2e',
  '%2f',
  '%00',
  '%zz',
  '%ff',
  '__proto__',
  '*',
  '~',
  'a%20b',
  'openapi',
  'v3',
  'healthz',
  'metrics',
  'x'.repeat(300),
];
const SUBRESOURCES = [
  'status',
  'scale',
  'binding',
  'eviction',
  'log',
  'exec',
  'attach',
  'portforward',
  'token',
  'approval',
  'finalize',
  'ephemeralcontainers',
  'proxy',
  'proxy/a/b',
  'resize',
  'nothing',
];
const SELECTORS = [
  'app=a',
  'app in (a,b),!c',
  'app notin (',
  '!',
  '((((',
  'a=b,'.repeat(200),
  'app==',
  '=',
  ',',
  'a>1',
  'a in (,)',
  'metadata.name=target',
  'metadata.name!=a,spec.nodeName=',
  'spec.x=1',
  '\\',
  'metadata.name=a\\,b',
  '(a+)+=',
];
const NUMBERS = ['0', '1', '-1', '2', '99999999999999999999', '1.5', 'x', '', '1e3', ' 1', '0x10', '\u0661'];
const TOKENS = [
  '',
  'eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiIifQ',
  'x',
  '%00',
  Buffer.from('{"v":"meta.k8s.io/v1","rv":-1,"start":"../.."}').toString('base64url'),
  Buffer.from('{"rv":1e99,"start":{}}').toString('base64url'),
  'A'.repeat(3000),
];
const FLAGS = ['true', 'false', '1', '', 'maybe'];
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  labelSelector: SELECTORS,
  fieldSelector: SELECTORS,
  limit: NUMBERS,
  continue: TOKENS,
  resourceVersion: NUMBERS,
  resourceVersionMatch: ['Exact', 'NotOlderThan', 'Never', ''],
  timeoutSeconds: ['1', '-1', 'x'],
  allowWatchBookmarks: FLAGS,
  sendInitialEvents: FLAGS,
  dryRun: ['All', 'None', '', 'all'],
  fieldManager: ['me', '', 'x'.repeat(129), '\n', 'a\u202eb'],
  fieldValidation: ['Strict', 'Warn', 'Ignore', 'strict', ''],
  force: FLAGS,
  gracePeriodSeconds: NUMBERS,
  propagationPolicy: ['Foreground', 'Background', 'Orphan', 'None', ''],
  orphanDependents: FLAGS,
  pretty: FLAGS,
  exact: FLAGS,
  container: ['c', '', '../x'],
  command: ['sh', '', '\0'],
  ports: ['80', '99999999', '-1', 'http'],
  tailLines: NUMBERS,
  sinceTime: ['2026-01-01T00:00:00Z', 'yesterday'],
  stdin: FLAGS,
  tty: FLAGS,
};
const ACCEPTS = [
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
  'application/json;as=APIGroupDiscoveryList;v=v2;g=apidiscovery.k8s.io',
  'application/cbor',
  '*/*',
  'text/html',
  ';;;',
  '*/*;q=x',
  'application/json;as=Table;v=v9',
  'a'.repeat(2000),
];
const BODY_TYPES = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];
const PATCH_TYPES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];
const IMPERSONATIONS: readonly Readonly<Record<string, string>>[] = [
  { 'impersonate-user': 'bob' },
  { 'impersonate-user': 'system:serviceaccount:default:x' },
  { 'impersonate-group': 'g' },
  { 'impersonate-user': 'bob', 'impersonate-group': 'system:masters' },
  { 'impersonate-user': 'bob', 'impersonate-extra-%zz': 'x' },
  { 'impersonate-uid': '1' },
  { 'impersonate-user': '\xff\xfe' },
];
const OTHER_HEADERS: readonly Readonly<Record<string, string>>[] = [
  { 'if-none-match': '"x"' },
  { expect: '100-continue' },
  { connection: 'Upgrade', upgrade: 'SPDY/3.1' },
  {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    'sec-websocket-protocol': 'v5.channel.k8s.io',
  },
  { connection: 'Upgrade', upgrade: 'h2c' },
  { 'content-encoding': 'gzip' },
  { authorization: 'Bearer a.b.c' },
  { authorization: 'Basic eDp5' },
  { 'accept-encoding': 'gzip' },
  { 'x-remote-user': 'system:admin', 'x-remote-group': 'system:masters' },
  { 'audit-id': '../../x' },
  { range: 'bytes=0-1' },
];

/** A request to one of these kinds, or to somewhere near them. */
export function randomRequest(draw: Draw, definitions: readonly ResourceDefinition[]): RandomRequest {
  const definition = pick(draw, definitions);
  const name = pick(draw, NAMES);
  const method = pick(draw, chance(draw, 15) ? RARE_METHODS : METHODS);
  const path = chance(draw, 8) ? strayPath(draw) : kindPath(draw, definition, name, method);
  const sends = method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS' && method !== 'TRACE';
  const { type, body } = sends && !chance(draw, 12) ? randomBody(draw, definition, name, method) : {};
  return {
    method,
    path: path + randomQuery(draw, path),
    headers: {
      ...(type === undefined
        ? {}
        : { 'content-type': chance(draw, 15) ? pick(draw, [...BODY_TYPES, ...PATCH_TYPES, 'x/y', '']) : type }),
      ...(chance(draw, 8) ? { accept: pick(draw, ACCEPTS) } : {}),
      ...(chance(draw, 12) ? pick(draw, IMPERSONATIONS) : {}),
      ...(chance(draw, 12) ? pick(draw, OTHER_HEADERS) : {}),
    },
    ...(body === undefined ? {} : { body }),
  };
}

function strayPath(draw: Draw): string {
  return `/${Array.from({ length: draw(9) }, () => pick(draw, SEGMENTS)).join('/')}`;
}

function kindPath(draw: Draw, definition: ResourceDefinition, name: string, method: string): string {
  const { group, version, plural, namespaced, subresources = {} } = definition;
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const watch = chance(draw, 40) ? '/watch' : '';
  const collection = `${root}${watch}${namespaced && !chance(draw, 20) ? '/namespaces/default' : ''}/${plural}`;
  // The other way round makes no sense; now and then it is tried.
  const ofCollection = method === 'POST' ? !chance(draw, 6) : chance(draw, method === 'GET' ? 3 : 15);
  if (ofCollection) return collection;
  const object = `${collection}/${chance(draw, 12) ? encodeURIComponent(oddText(draw).toWellFormed()) : name}`;
  const own = Object.keys(subresources);
  return chance(draw, 5) || method === 'POST'
    ? `${object}/${pick(draw, own.length > 0 && chance(draw, 2) ? own : SUBRESOURCES)}`
    : object;
}

function randomQuery(draw: Draw, path: string): string {
  if (!path.includes('/watch/') && chance(draw, 2)) return '';
  const parts = Array.from({ length: 1 + draw(3) }, () => {
    const option = pick(draw, Object.keys(OPTIONS));
    const value = chance(draw, 8) ? oddText(draw).toWellFormed() : pick(draw, OPTIONS[option]!);
    return `${option}=${encodeURIComponent(value)}`;
  });
  // A watch that nobody ends would be waited for.
  if (path.includes('/watch/') || chance(draw, 10)) parts.unshift('watch=true', 'timeoutSeconds=1');
  if (chance(draw, 20)) parts.push(pick(draw, ['%', '&&&', '=', '%zz=1', 'a=%ff', '__proto__=x']));
  return `?${parts.join('&')}`;
}

function randomBody(draw: Draw, definition: ResourceDefinition, name: string, method: string): { type: string; body: Buffer } {
  if (method === 'DELETE') {
    const options = {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      gracePeriodSeconds: oddValue(draw),
      preconditions: oddValue(draw),
      dryRun: chance(draw, 2) ? ['All'] : oddValue(draw),
    };
    return { type: 'application/json', body: mutated(draw, Buffer.from(JSON.stringify(options))) };
  }
  const object = randomObject(draw, definition, name, pick(draw, [10_000, 60, 15]));
  if (method !== 'PATCH') return encoded(draw, pick(draw, BODY_TYPES), object);
  const type = pick(draw, PATCH_TYPES);
  const patch =
    type === 'application/json-patch+json' ? jsonPatch(draw, object) : type.includes('apply') ? object : directives(draw, object);
  return { type, body: mutated(draw, Buffer.from(JSON.stringify(patch))) };
}

function encoded(draw: Draw, type: string, object: Record<string, unknown>): { type: string; body: Buffer } {
  if (type === 'application/yaml') return { type, body: mutated(draw, Buffer.from(stringify(object))) };
  if (type.includes('protobuf')) {
    try {
      const bytes = encodeProtobuf(object as unknown as KubeObject);
      if (bytes !== undefined) return { type, body: mutated(draw, Buffer.from(bytes)) };
    } catch {
      // A value of a wrong type has no place in a message.
    }
  }
  return { type: 'application/json', body: mutated(draw, Buffer.from(JSON.stringify(object))) };
}

/** A part of the object with directives of strategic merge patches in it. */
function directives(draw: Draw, object: Record<string, unknown>): unknown {
  const keys = Object.keys(object).filter((key) => !['apiVersion', 'kind'].includes(key));
  const part: Record<string, unknown> = Object.fromEntries(keys.filter(() => chance(draw, 2)).map((key) => [key, object[key]]));
  if (!chance(draw, 4)) return part;
  const target = (typeof part.spec === 'object' && part.spec !== null ? part.spec : part) as Record<string, unknown>;
  target[
    pick(draw, [
      '$patch',
      '$retainKeys',
      '$setElementOrder/containers',
      '$deleteFromPrimitiveList/finalizers',
      '$setElementOrder/x',
    ])
  ] = chance(draw, 2) ? pick(draw, ['delete', 'replace', 'merge', 'explode']) : oddValue(draw);
  return part;
}

function jsonPatch(draw: Draw, object: Record<string, unknown>): unknown {
  const paths = [
    '',
    '/',
    '/metadata',
    '/metadata/labels/app',
    '/metadata/labels/x~1y',
    '/metadata/name',
    '/spec',
    '/spec/-',
    '/data/a',
    '/__proto__/x',
    '/metadata/labels/~2',
    'spec',
    '/spec/containers/0',
    '/spec/containers/99999999999',
    '/metadata/finalizers/-',
    ...Object.keys(object).map((key) => `/${key}`),
  ];
  return Array.from({ length: draw(5) }, () => ({
    op: pick(draw, ['add', 'remove', 'replace', 'move', 'copy', 'test', 'add', 'replace', 'explode']),
    path: chance(draw, 15) ? oddValue(draw) : pick(draw, paths),
    from: pick(draw, paths),
    ...(chance(draw, 10) ? {} : { value: chance(draw, 3) ? (object.spec ?? object) : oddValue(draw) }),
  }));
}

/** Mostly as it is; else with bytes that are other ones, gone or new. */
function mutated(draw: Draw, bytes: Buffer): Buffer {
  if (bytes.length === 0 || !chance(draw, 4)) return bytes;
  const at = draw(bytes.length);
  switch (draw(5)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), randomBytes(draw, 8), bytes.subarray(at)]);
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + draw(9))]);
    case 3:
      return Buffer.concat([bytes, bytes.subarray(at)]);
    default: {
      const copy = Buffer.from(bytes);
      copy[at] = draw(256);
      return copy;
    }
  }
}
