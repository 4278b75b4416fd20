import { createHash } from 'node:crypto';
import type { Route } from '../api/route/route-types.ts';
import type { RouteOptions } from './route-options.ts';
import type { Server } from './servers.ts';
import { word } from './words.ts';

/** OpenShift's names for the sections, by which its operators look for them in metrics. */
const KINDS = { none: 'be_http', edge: 'be_edge_http', reencrypt: 'be_secure', passthrough: 'be_tcp' } as const;

/** HAProxy's name of a route's backend, as OpenShift's router forms it. */
export const backendName = ({ metadata, spec }: Route): string =>
  word(`${KINDS[spec.tls?.termination ?? 'none']}:${metadata.namespace}:${metadata.name}`);

export interface BackendParts {
  readonly options: RouteOptions;
  readonly servers: readonly Server[];
  /** Path of the authorities that the pods' certificates must be from, for `reencrypt`. */
  readonly caFile?: string;
  /** What the pods' certificates must be for; without it the authority is enough. */
  readonly verifyHost?: string;
}

/** The lines of a route's backend. Throws an UnfitError. */
export function backendSection(route: Route, parts: BackendParts): string[] {
  const isTcp = route.spec.tls?.termination === 'passthrough';
  const { options, servers } = parts;
  const isShared = (route.spec.alternateBackends ?? []).length > 0;
  const balance = options.balance ?? (isTcp ? 'source' : isShared ? 'roundrobin' : 'leastconn');
  return [
    `backend ${backendName(route)}`,
    `  mode ${isTcp ? 'tcp' : 'http'}`,
    `  balance ${balance}`,
    ...(options.timeout === undefined ? [] : [`  timeout server ${word(options.timeout)}`]),
    ...timeoutTunnel(options, isTcp),
    ...admission(options, isTcp),
    ...(isTcp ? [] : httpLines(route, options)),
    ...servers.map((server) => serverLine(route, server, parts)),
  ];
}

function timeoutTunnel({ timeout, tunnelTimeout }: RouteOptions, isTcp: boolean): string[] {
  const value = tunnelTimeout ?? (isTcp ? timeout : undefined);
  return value === undefined ? [] : [`  timeout tunnel ${word(value)}`];
}

function admission({ allowed }: RouteOptions, isTcp: boolean): string[] {
  if (allowed === undefined) return [];
  const rule = isTcp ? 'tcp-request content reject' : 'http-request deny deny_status 403';
  // A line each: lines have a longest length.
  return [...allowed.map((source) => `  acl allowed src ${word(source)}`), `  ${rule} unless allowed`];
}

function httpLines({ metadata, spec: { tls } }: Route, { forwarded, stickiness, cookieName, hsts }: RouteOptions): string[] {
  const isOnlySecure = tls !== undefined && tls.insecureEdgeTerminationPolicy !== 'Allow';
  const name = cookieName ?? createHash('sha256').update(`${metadata.uid}`).digest('hex').slice(0, 32);
  return [
    ...forwardedLines(forwarded),
    ...(stickiness
      ? [`  cookie ${word(name)} insert indirect nocache httponly${isOnlySecure ? ' secure attr SameSite=None' : ''}`]
      : []),
    ...(hsts === undefined || tls === undefined ? [] : [`  http-response set-header Strict-Transport-Security '${hsts}'`]),
  ];
}

const HEADERS = ['X-Forwarded-Host', 'X-Forwarded-Port', 'X-Forwarded-Proto'];
const VALUES = ['%[var(txn.host)]', '%[var(txn.port)]', '%[var(txn.proto)]'];
const FORWARDED = 'for=%[src];host=%[var(txn.host)];proto=%[var(txn.proto)]';

/** Who asked, and how, for the pod (RFC 7239, and the headers that came before it). */
function forwardedLines(mode: RouteOptions['forwarded']): string[] {
  switch (mode) {
    case 'never':
      return [];
    case 'if-none':
      return [
        '  option forwardfor if-none',
        ...HEADERS.map((name, i) => `  http-request set-header ${name} ${VALUES[i]} if !{ req.hdr(${name}) -m found }`),
        `  http-request set-header Forwarded ${FORWARDED} if !{ req.hdr(Forwarded) -m found }`,
      ];
    default:
      return [
        ...(mode === 'replace' ? ['  http-request del-header X-Forwarded-For', '  http-request del-header Forwarded'] : []),
        '  option forwardfor',
        ...HEADERS.map((name, i) => `  http-request set-header ${name} ${VALUES[i]}`),
        `  http-request add-header Forwarded ${FORWARDED}`,
      ];
  }
}

function serverLine(route: Route, server: Server, { options, caFile, verifyHost }: BackendParts): string {
  const isTcp = route.spec.tls?.termination === 'passthrough';
  return [
    `  server ${word(server.name)} ${word(server.address)}:${word(server.port)} weight ${word(server.weight)}`,
    ...(options.stickiness && !isTcp ? [`cookie ${word(server.mark)}`] : []),
    ...(caFile === undefined ? [] : [`ssl verify required ca-file ${word(caFile)}`]),
    ...(verifyHost === undefined ? [] : [`verifyhost ${word(verifyHost)}`]),
  ].join(' ');
}
