import { isIP } from 'node:net';
import type { KubeObject } from '../../meta.ts';
import type { StatusCause } from '../../status-error.ts';
import { deepEqual, duplicate, forbidden, invalid, notSupported, oneOf, required } from '../../validation/causes.ts';
import { isCidr, isUnusableAddress } from '../../validation/ip.ts';
import { dns1123Label, dns1123Subdomain, portName, portNumber } from '../../validation/names.ts';
import { validateLabels } from '../../validation/object-meta.ts';
import { HEADLESS, type ServicePort, isExternal, needsClusterIP, portsOf } from './service-fields.ts';

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
const MAX_AFFINITY_SECONDS = 86400;
const KUBELET_PORT = 10250;

/** Of new services and changed ones (pkg/apis/core/validation ValidateService). */
export function validateService(service: KubeObject): StatusCause[] {
  const { spec } = service;
  return [
    ...validatePorts(service),
    ...validateLabels(spec.selector, 'spec.selector'),
    ...oneOf('spec.sessionAffinity', spec.sessionAffinity, ['ClientIP', 'None']),
    ...validateAffinity(spec),
    ...oneOf('spec.type', spec.type, TYPES),
    ...validateClusterIPs(service),
    ...validateExternal(service),
    ...validateExternalName(service),
  ];
}

/** What may not change, unless the type does. */
export function validateServiceUpdate(service: KubeObject, old: KubeObject): StatusCause[] {
  const causes: StatusCause[] = [];
  const [ips, before] = [(service.spec.clusterIPs ?? []) as string[], (old.spec.clusterIPs ?? []) as string[]];
  // Leaving or entering ExternalName is the way to another address.
  if (needsClusterIP(old) && needsClusterIP(service) && before[0] && ips[0] !== before[0])
    causes.push(invalid('spec.clusterIPs[0]', ips, 'may not change once set'));
  if (
    old.spec.type === 'LoadBalancer' &&
    service.spec.type === 'LoadBalancer' &&
    old.spec.loadBalancerClass !== service.spec.loadBalancerClass
  )
    causes.push(invalid('spec.loadBalancerClass', service.spec.loadBalancerClass, 'may not change once set'));
  return causes;
}

function validatePorts(service: KubeObject): StatusCause[] {
  const ports = portsOf(service);
  const causes: StatusCause[] = [];
  if (ports.length === 0 && service.spec.type !== 'ExternalName' && service.spec.clusterIP !== HEADLESS)
    causes.push(required('spec.ports'));
  const seen = new Set<string>();
  const repeats = (what: string, ...by: unknown[]): boolean => {
    const key = `${what} ${JSON.stringify(by)}`;
    const known = seen.has(key);
    seen.add(key);
    return known;
  };
  for (const [i, port] of ports.entries()) {
    const at = `spec.ports[${i}]`;
    causes.push(...validatePort(port, at, ports.length > 1));
    if (service.spec.type === 'LoadBalancer' && port.port === KUBELET_PORT)
      causes.push(invalid(`${at}.port`, port.port, `may not expose port ${KUBELET_PORT} externally since it is used by kubelet`));
    if (port.nodePort && !['NodePort', 'LoadBalancer'].includes(service.spec.type))
      causes.push(forbidden(`${at}.nodePort`, `may not be used when \`type\` is '${service.spec.type}'`));
    if (port.name && repeats('name', port.name)) causes.push(duplicate(`${at}.name`, port.name));
    if (repeats('port', port.protocol, port.port)) causes.push(duplicate(at, { protocol: port.protocol, port: port.port }));
    if (port.nodePort && repeats('nodePort', port.protocol, port.nodePort))
      causes.push(duplicate(`${at}.nodePort`, port.nodePort));
  }
  return causes;
}

function validatePort(port: ServicePort, path: string, needsName: boolean): StatusCause[] {
  const causes: StatusCause[] = [];
  if (port.name) for (const text of dns1123Label(port.name)) causes.push(invalid(`${path}.name`, port.name, text));
  else if (needsName) causes.push(required(`${path}.name`));
  for (const text of portNumber(port.port)) causes.push(invalid(`${path}.port`, port.port ?? 0, text));
  if (!port.protocol) causes.push(required(`${path}.protocol`));
  else if (!PROTOCOLS.includes(port.protocol)) causes.push(notSupported(`${path}.protocol`, port.protocol, PROTOCOLS));
  const texts = typeof port.targetPort === 'string' ? portName(port.targetPort) : portNumber(port.targetPort ?? port.port);
  return [...causes, ...texts.map((text) => invalid(`${path}.targetPort`, port.targetPort, text))];
}

function validateAffinity(spec: KubeObject): StatusCause[] {
  const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (spec.sessionAffinity !== 'ClientIP' || seconds === undefined || (seconds > 0 && seconds <= MAX_AFFINITY_SECONDS)) return [];
  return [
    invalid(
      'spec.sessionAffinityConfig.clientIP.timeoutSeconds',
      seconds,
      `must be greater than 0 and less than ${MAX_AFFINITY_SECONDS}`,
    ),
  ];
}

function validateClusterIPs(service: KubeObject): StatusCause[] {
  const { spec } = service;
  const ips = (spec.clusterIPs ?? []) as string[];
  if (!needsClusterIP(service)) {
    const fields = ['clusterIPs', 'ipFamilies', 'ipFamilyPolicy'].filter((field) => spec[field]?.length > 0);
    return fields.map((field) => forbidden(`spec.${field}`, 'may not be set for ExternalName services'));
  }
  const causes: StatusCause[] = [];
  if (spec.clusterIP && ips.length > 0 && ips[0] !== spec.clusterIP)
    causes.push(invalid('spec.clusterIPs', ips, 'first value must match `clusterIP`'));
  if (ips.length > 2) causes.push(invalid('spec.clusterIPs', ips, 'may only hold up to 2 values'));
  for (const [i, ip] of ips.entries()) {
    if (ip === HEADLESS) {
      if (ips.length > 1) causes.push(invalid('spec.clusterIPs', ips, "'None' must be the first and only value"));
      if (spec.type !== 'ClusterIP')
        causes.push(invalid(`spec.clusterIPs[${i}]`, HEADLESS, `may not be set to 'None' for ${spec.type} services`));
    } else if (isIP(ip) === 0) causes.push(invalid(`spec.clusterIPs[${i}]`, ip, "must be empty, 'None', or a valid IP address"));
  }
  const families = (spec.ipFamilies ?? []) as string[];
  for (const [i, family] of families.entries())
    if (!['IPv4', 'IPv6'].includes(family)) causes.push(notSupported(`spec.ipFamilies[${i}]`, family, ['IPv4', 'IPv6']));
  if (new Set(families).size < families.length) causes.push(duplicate('spec.ipFamilies[1]', families[1]));
  if (spec.ipFamilyPolicy !== undefined)
    causes.push(...oneOf('spec.ipFamilyPolicy', spec.ipFamilyPolicy, ['PreferDualStack', 'RequireDualStack', 'SingleStack']));
  return causes;
}

function validateExternal(service: KubeObject): StatusCause[] {
  const { spec } = service;
  const causes: StatusCause[] = [];
  for (const [i, ip] of ((spec.externalIPs ?? []) as string[]).entries()) {
    const at = `spec.externalIPs[${i}]`;
    if (isIP(ip) === 0) causes.push(invalid(at, ip, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'));
    else if (isUnusableAddress(ip) !== undefined) causes.push(invalid(at, ip, isUnusableAddress(ip)!));
  }
  if (spec.externalTrafficPolicy !== undefined) {
    if (!isExternal(service))
      causes.push(
        invalid('spec.externalTrafficPolicy', spec.externalTrafficPolicy, 'may only be set for externally-accessible services'),
      );
    else causes.push(...oneOf('spec.externalTrafficPolicy', spec.externalTrafficPolicy, ['Cluster', 'Local']));
  }
  if (spec.internalTrafficPolicy !== undefined && needsClusterIP(service))
    causes.push(...oneOf('spec.internalTrafficPolicy', spec.internalTrafficPolicy, ['Cluster', 'Local']));
  const ranges = (spec.loadBalancerSourceRanges ?? []) as string[];
  if (ranges.length > 0 && spec.type !== 'LoadBalancer')
    causes.push(forbidden('spec.LoadBalancerSourceRanges', "may only be used when `type` is 'LoadBalancer'"));
  for (const range of ranges)
    if (!isCidr(range.trim()))
      causes.push(
        invalid(
          'spec.LoadBalancerSourceRanges',
          ranges,
          `must be a list of IP ranges. For example, 10.240.0.0/24,10.250.0.0/24 `,
        ),
      );
  if (spec.type !== 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== undefined)
    causes.push(forbidden('spec.allocateLoadBalancerNodePorts', "may only be used when `type` is 'LoadBalancer'"));
  if (spec.type !== 'LoadBalancer' && spec.loadBalancerClass !== undefined)
    causes.push(forbidden('spec.loadBalancerClass', "may only be used when `type` is 'LoadBalancer'"));
  return causes;
}

function validateExternalName(service: KubeObject): StatusCause[] {
  if (service.spec.type !== 'ExternalName') return [];
  const name: string = service.spec.externalName ?? '';
  if (name === '') return [required('spec.externalName')];
  // A trailing dot only says that the name is complete.
  return dns1123Subdomain(name.replace(/\.$/, '')).map((text) => invalid('spec.externalName', name, text));
}

/** Fields that only the old type had and that the client merely sent back: they go with the type. */
export function dropTypeDependentFields(service: KubeObject, old: KubeObject): void {
  const { spec } = service;
  const same = (field: string): boolean => deepEqual(spec[field], old.spec[field]);
  const had = (test: (each: KubeObject) => boolean): boolean => test(old) && !test(service);
  if (had(needsClusterIP) && same('clusterIPs'))
    for (const field of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy', 'internalTrafficPolicy']) delete spec[field];
  const before = new Set(portsOf(old).map(({ nodePort }) => nodePort));
  const hasNodePorts = (each: KubeObject): boolean => ['NodePort', 'LoadBalancer'].includes(each.spec.type);
  if (had(hasNodePorts) && portsOf(service).every((port) => !port.nodePort || before.has(port.nodePort)))
    for (const port of portsOf(service)) delete port.nodePort;
  if (had(isExternal) && same('externalTrafficPolicy')) delete spec.externalTrafficPolicy;
  const isBalanced = (each: KubeObject): boolean => each.spec.type === 'LoadBalancer';
  if (had(isBalanced))
    for (const field of ['allocateLoadBalancerNodePorts', 'loadBalancerClass', 'healthCheckNodePort'])
      if (same(field)) delete spec[field];
}
