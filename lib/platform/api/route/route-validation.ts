import type { StatusCause } from '../status-error.ts';
import { immutable, invalid, notSupported, required, tooLong } from '../validation/causes.ts';
import { dns1123Label, dns1123Subdomain } from '../validation/names.ts';
import type { Route, RouteTarget } from './route-types.ts';
import { validateTls } from './tls-validation.ts';

const MOST_ALTERNATES = 3;
const LARGEST_WEIGHT = 256;
const LONGEST_PATH = 1024;

/** openshift-apiserver pkg/route/apis/route/validation ValidateRoute. */
export function validateRoute(route: Route): StatusCause[] {
  const { to, alternateBackends = [], port, subdomain = '' } = route.spec;
  const causes = [...validateHost(route), ...validatePath(route)];
  if (subdomain !== '' && dns1123Subdomain(subdomain).length > 0)
    causes.push(invalid('spec.subdomain', subdomain, 'subdomain must conform to DNS 1123 subdomain conventions'));
  causes.push(...validateTarget(to, 'spec.to'));
  if (alternateBackends.length > MOST_ALTERNATES)
    causes.push(required('spec.alternateBackends', `cannot specify more than ${MOST_ALTERNATES} alternate backends`));
  for (const [i, target] of alternateBackends.entries()) causes.push(...validateTarget(target, `spec.alternateBackends[${i}]`));
  if (port !== undefined && (port.targetPort === 0 || port.targetPort === '')) causes.push(required('spec.port.targetPort'));
  return [...causes, ...validateTls(route)];
}

function validateHost({ spec: { host = '', wildcardPolicy = 'None' } }: Route): StatusCause[] {
  const causes: StatusCause[] = [];
  if (!['None', 'Subdomain'].includes(wildcardPolicy))
    causes.push(notSupported('spec.wildcardPolicy', wildcardPolicy, ['None', 'Subdomain']));
  if (host === '') {
    if (wildcardPolicy === 'Subdomain')
      causes.push(invalid('spec.wildcardPolicy', wildcardPolicy, 'host name not specified for wildcard policy'));
    return causes;
  }
  if (dns1123Subdomain(host).length > 0)
    causes.push(invalid('spec.host', host, 'host must conform to DNS 952 subdomain conventions'));
  for (const text of new Set(host.split('.').flatMap(dns1123Label))) causes.push(invalid('spec.host', host, text));
  return causes;
}

/** What a path may hold that goes into a configuration as it is: printable, no white space, nothing of a query or a fragment. */
const PATH = /^\/[\x21\x22\x24-\x3e\x40-\x7e]*$/;

function validatePath({ spec: { path = '', tls } }: Route): StatusCause[] {
  if (path === '') return [];
  if (!path.startsWith('/')) return [invalid('spec.path', path, 'path must begin with /')];
  if (path.length > LONGEST_PATH) return [tooLong('spec.path', LONGEST_PATH)];
  if (!PATH.test(path)) return [invalid('spec.path', path, 'path cannot contain # or ?, spaces, or characters outside of ASCII')];
  if (tls?.termination === 'passthrough') return [invalid('spec.path', path, 'passthrough termination does not support paths')];
  return [];
}

function validateTarget({ kind, name, weight }: RouteTarget, field: string): StatusCause[] {
  const causes: StatusCause[] = [];
  if (name === '') causes.push(required(`${field}.name`));
  else for (const text of dns1123Label(name)) causes.push(invalid(`${field}.name`, name, text));
  if (kind !== 'Service') causes.push(invalid(`${field}.kind`, kind, 'must reference a Service'));
  if (weight !== undefined && (weight < 0 || weight > LARGEST_WEIGHT))
    causes.push(invalid(`${field}.weight`, weight, `weight must be an integer between 0 and ${LARGEST_WEIGHT}`));
  return causes;
}

/** What no update may change, whoever makes it. */
export const validateRouteUpdate = ({ spec }: Route, old: Route): StatusCause[] =>
  immutable('spec.wildcardPolicy', spec.wildcardPolicy, old.spec.wildcardPolicy);
