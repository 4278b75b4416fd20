import { isIP } from 'node:net';
import type { KubeObject } from '../meta.ts';
import type { StatusCause } from '../status-error.ts';
import { invalid, notSupported, required } from '../validation/causes.ts';
import { dns1035Label, dns1123Subdomain, portName, portNumber, wildcardSubdomain } from '../validation/names.ts';
import { type TypedReference, validateTypedReference } from '../validation/references.ts';

interface Backend {
  readonly service?: { readonly name?: string; readonly port?: { readonly name?: string; readonly number?: number } };
  readonly resource?: TypedReference;
}

interface Path {
  readonly path?: string;
  readonly pathType?: string;
  readonly backend?: Backend;
}

interface Rule {
  readonly host?: string;
  readonly http?: { readonly paths?: readonly Path[] };
}

const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';

/** Of new ones and changed ones (pkg/apis/networking/validation). */
export function validateIngress({ metadata, spec = {} }: KubeObject): StatusCause[] {
  const rules = (spec.rules ?? []) as Rule[];
  const causes: StatusCause[] = [];
  if (rules.length === 0 && spec.defaultBackend === undefined)
    causes.push(invalid('spec', rules, 'either `defaultBackend` or `rules` must be specified'));
  if (spec.defaultBackend !== undefined) causes.push(...validateBackend(spec.defaultBackend, 'spec.defaultBackend'));
  for (const [i, rule] of rules.entries()) causes.push(...validateRule(rule, `spec.rules[${i}]`));
  for (const [i, { hosts = [], secretName }] of ((spec.tls ?? []) as { hosts?: string[]; secretName?: string }[]).entries()) {
    for (const [j, host] of hosts.entries())
      for (const text of hostProblems(host)) causes.push(invalid(`spec.tls[${i}].hosts[${j}]`, host, text));
    if (secretName)
      for (const text of dns1123Subdomain(secretName)) causes.push(invalid(`spec.tls[${i}].secretName`, secretName, text));
  }
  if (spec.ingressClassName !== undefined) {
    for (const text of dns1123Subdomain(spec.ingressClassName))
      causes.push(invalid('spec.ingressClassName', spec.ingressClassName, text));
    const annotation = metadata.annotations?.[CLASS_ANNOTATION];
    if (annotation !== undefined)
      causes.push(invalid(`annotations.${CLASS_ANNOTATION}`, annotation, 'can not be set when the class field is also set'));
  }
  return causes;
}

const hostProblems = (host: string): string[] => (host.includes('*') ? wildcardSubdomain(host) : dns1123Subdomain(host));

function validateRule({ host, http }: Rule, path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  if (host) {
    if (isIP(host) !== 0) causes.push(invalid(`${path}.host`, host, 'must be a DNS name, not an IP address'));
    for (const text of hostProblems(host)) causes.push(invalid(`${path}.host`, host, text));
  }
  if (http === undefined) return causes;
  const paths = http.paths ?? [];
  if (paths.length === 0) causes.push(required(`${path}.http.paths`));
  for (const [i, each] of paths.entries()) causes.push(...validatePath(each, `${path}.http.paths[${i}]`));
  return causes;
}

const BAD_SEQUENCES = ['//', '/./', '/../', '%2f', '%2F'];
const BAD_ENDS = ['/..', '/.'];
const PATH_TYPES = ['Exact', 'ImplementationSpecific', 'Prefix'];

function validatePath({ path: value = '', pathType, backend }: Path, path: string): StatusCause[] {
  const at = `${path}.path`;
  if (pathType === undefined) return [required(`${path}.pathType`, 'pathType must be specified')];
  const causes: StatusCause[] = [];
  const isAbsolute = value.startsWith('/');
  if (pathType === 'Exact' || pathType === 'Prefix') {
    if (!isAbsolute) causes.push(invalid(at, value, 'must be an absolute path'));
    for (const bad of BAD_SEQUENCES.filter((each) => value.includes(each)))
      causes.push(invalid(at, value, `must not contain '${bad}'`));
    for (const bad of BAD_ENDS.filter((each) => value.endsWith(each)))
      causes.push(invalid(at, value, `cannot end with '${bad}'`));
  } else if (pathType !== 'ImplementationSpecific') causes.push(notSupported(`${path}.pathType`, pathType, PATH_TYPES));
  else if (value !== '' && !isAbsolute) causes.push(invalid(at, value, 'must be an absolute path'));
  return [...causes, ...validateBackend(backend ?? {}, `${path}.backend`)];
}

function validateBackend({ service, resource }: Backend, path: string): StatusCause[] {
  if (service !== undefined && resource !== undefined)
    return [invalid(path, '', 'cannot set both resource and service backends')];
  if (resource !== undefined) return validateTypedReference(resource, `${path}.resource`);
  if (service === undefined) return [invalid(path, '', 'resource or service backend is required')];
  const { name = '', port = {} } = service;
  const at = `${path}.service`;
  const causes = name === '' ? [required(`${at}.name`)] : dns1035Label(name).map((text) => invalid(`${at}.name`, name, text));
  if (port.name && port.number) causes.push(invalid(path, '', 'cannot set both port name & port number'));
  else if (port.name) for (const text of portName(port.name)) causes.push(invalid(`${at}.port.name`, port.name, text));
  else if (port.number) for (const text of portNumber(port.number)) causes.push(invalid(`${at}.port.number`, port.number, text));
  else causes.push(required(path, 'port name or number is required'));
  return causes;
}

/** Where an ingress controller says that it is reached. */
export function validateIngressStatus({ status }: KubeObject): StatusCause[] {
  const found = (status?.loadBalancer?.ingress ?? []) as { ip?: string; hostname?: string }[];
  return found.flatMap(({ ip, hostname }, i) => {
    const path = `status.loadBalancer.ingress[${i}]`;
    const causes: StatusCause[] = [];
    if (ip && isIP(ip) === 0) causes.push(invalid(`${path}.ip`, ip, 'must be a valid IP address'));
    if (!hostname) return causes;
    for (const text of dns1123Subdomain(hostname)) causes.push(invalid(`${path}.hostname`, hostname, text));
    if (isIP(hostname) !== 0) causes.push(invalid(`${path}.hostname`, hostname, 'must be a DNS name, not an IP address'));
    return causes;
  });
}
