import type { KubeObject } from '../api/meta.ts';
import { certificatesOf, judgePair, PemError, privateKeyOf } from '../api/route/pem.ts';
import type { Route } from '../api/route/route-types.ts';
import { backendName, backendSection } from './backend-section.ts';
import type { Refusal } from './claims.ts';
import { FileSet } from './file-set.ts';
import { mainSections } from './main-sections.ts';
import { routeOptions } from './route-options.ts';
import type { RouterSettings } from './router-settings.ts';
import { serversOf, type SlicesOf } from './servers.ts';
import { UNAVAILABLE } from './unavailable-page.ts';
import { mapKey, UnfitError, word } from './words.ts';

/** A configuration, and the files that it names. */
export interface Rendered {
  readonly config: string;
  readonly files: FileSet;
}

/** Why a route cannot be served at all, whatever the others are. */
export function unfitness(route: Route): Refusal | undefined {
  if (route.spec.wildcardPolicy === 'Subdomain')
    return { reason: 'RouteNotAdmitted', message: 'wildcard routes are not allowed' };
  try {
    backendName(route);
    routeOptions(route);
    word(route.spec.host ?? '');
    mapKey(placeOf(route));
    certificateOf(route);
    destinationOf(route);
    return undefined;
  } catch (error) {
    if (!(error instanceof UnfitError || error instanceof PemError)) throw error;
    return { reason: 'ExtendedValidationFailed', message: error.message };
  }
}

/** The configuration for routes that `unfitness` has nothing against. */
export function render(
  routes: readonly Route[],
  slicesOf: SlicesOf,
  settings: Pick<RouterSettings, 'httpPort' | 'httpsPort' | 'serving' | 'caPem'>,
): Rendered {
  const files = new FileSet();
  const [http, https, passthrough, certificates] = [[], [], [], []] as [string[], string[], string[], string[]];
  const backends: string[] = [];
  const withCertificate = new Set<string>();
  for (const route of routes) {
    const { host = '', tls } = route.spec;
    const name = backendName(route);
    const entry = `${mapKey(placeOf(route))} ${name}`;
    const policy = tls?.insecureEdgeTerminationPolicy ?? '';
    if (tls === undefined || policy === 'Allow') http.push(entry);
    if (tls !== undefined && policy === 'Redirect') http.push(`${mapKey(placeOf(route))} redirect`);
    if (tls?.termination === 'passthrough') passthrough.push(`${word(host)} ${name}`);
    else if (tls !== undefined) https.push(entry);
    const certificate = certificateOf(route);
    if (certificate !== undefined && !withCertificate.has(host)) {
      withCertificate.add(host);
      certificates.push(`${files.add(certificate, 'pem')} [alpn h2,http/1.1] ${word(host)}`);
    }
    backends.push(
      ...backendSection(route, {
        options: routeOptions(route),
        servers: serversOf(route, slicesOf),
        ...verification(route, files, settings),
      }),
      '',
    );
  }
  const text = (lines: readonly string[]): string => [...lines, ''].join('\n');
  const main = mainSections(
    {
      httpMap: files.add(text(http), 'map'),
      httpsMap: files.add(text(https), 'map'),
      passthroughMap: passthrough.length === 0 ? undefined : files.add(text(passthrough), 'map'),
      defaultCertificate: files.add(`${settings.serving.certPem}\n${settings.serving.keyPem}\n`, 'pem'),
      certificateList: files.add(text(certificates), 'list'),
      unavailablePage: files.add(UNAVAILABLE, 'http'),
    },
    settings,
  );
  return { config: text([...main, '', ...backends]), files };
}

/** Host and path, with a slash at the end. */
const placeOf = ({ spec: { host = '', path = '' } }: Route): string => `${host.toLowerCase()}${path.replace(/\/+$/, '')}/`;

/** Chain and key, written anew: what HAProxy reads is what was judged. Undefined: the route brings none. */
function certificateOf({ spec: { tls } }: Route): string | undefined {
  const { certificate = '', key = '', caCertificate = '' } = tls ?? {};
  if (tls === undefined || tls.termination === 'passthrough' || certificate === '' || key === '') return undefined;
  const chain = [...certificatesOf(certificate), ...(caCertificate === '' ? [] : certificatesOf(caCertificate))];
  const privateKey = privateKeyOf(key);
  judgePair(chain[0]!, privateKey);
  return [...chain.map(String), privateKey.export({ type: 'pkcs8', format: 'pem' })].join('\n');
}

function destinationOf({ spec: { tls } }: Route): string | undefined {
  const { termination, destinationCACertificate = '' } = tls ?? {};
  if (termination !== 'reencrypt' || destinationCACertificate === '') return undefined;
  return certificatesOf(destinationCACertificate).map(String).join('\n');
}

function verification(
  route: Route,
  files: FileSet,
  { caPem }: Pick<RouterSettings, 'caPem'>,
): { readonly caFile?: string; readonly verifyHost?: string } {
  if (route.spec.tls?.termination !== 'reencrypt') return {};
  const own = destinationOf(route);
  if (own !== undefined) return { caFile: files.add(own, 'pem') };
  return { caFile: files.add(caPem, 'pem'), verifyHost: `${route.spec.to.name}.${route.metadata.namespace}.svc` };
}

/** Slices by their service. */
export function slicesByService(slices: readonly KubeObject[]): SlicesOf {
  const all = Map.groupBy(slices, ({ metadata }) => `${metadata.namespace}/${metadata.labels?.['kubernetes.io/service-name']}`);
  return (namespace, service) => all.get(`${namespace}/${service}`) ?? [];
}
