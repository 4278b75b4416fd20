import { ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import type { LabelSelectorObject } from '../selectors/label-selector.ts';
import { labelSelectorCell } from '../selectors/label-selector-text.ts';
import type { StatusCause } from '../status-error.ts';
import { forbidden, invalid, notSupported, required } from '../validation/causes.ts';
import { cidrContains, isCidr } from '../validation/ip.ts';
import { validateLabelSelector } from '../validation/label-selector-validation.ts';
import { portName, portNumber } from '../validation/names.ts';

interface Port {
  readonly protocol?: string;
  readonly port?: number | string;
  readonly endPort?: number;
}

interface Peer {
  readonly podSelector?: LabelSelectorObject;
  readonly namespaceSelector?: LabelSelectorObject;
  readonly ipBlock?: { readonly cidr?: string; readonly except?: readonly string[] };
}

interface Rule {
  readonly ports?: readonly Port[];
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
}

const TYPES = ['Ingress', 'Egress'];
const PROTOCOLS = ['TCP', 'UDP', 'SCTP'];

function validate({ spec = {} }: KubeObject): StatusCause[] {
  const causes = validateLabelSelector(spec.podSelector, 'spec.podSelector');
  for (const direction of ['ingress', 'egress'] as const)
    for (const [i, rule] of ((spec[direction] ?? []) as Rule[]).entries())
      causes.push(...validateRule(rule, direction === 'ingress' ? 'from' : 'to', `spec.${direction}[${i}]`));
  const types = (spec.policyTypes ?? []) as string[];
  if (types.length > TYPES.length)
    return [...causes, invalid('spec.policyTypes', types, 'may not specify more than two policyTypes')];
  for (const [i, type] of types.entries())
    if (!TYPES.includes(type)) causes.push(notSupported(`spec.policyTypes[${i}]`, type, TYPES));
  return causes;
}

const validateRule = (rule: Rule, side: 'from' | 'to', path: string): StatusCause[] => [
  ...(rule.ports ?? []).flatMap((port, i) => validatePort(port, `${path}.ports[${i}]`)),
  ...(rule[side] ?? []).flatMap((peer, i) => validatePeer(peer, `${path}.${side}[${i}]`)),
];

function validatePort({ protocol, port, endPort }: Port, path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  if (protocol !== undefined && !PROTOCOLS.includes(protocol)) causes.push(notSupported(`${path}.protocol`, protocol, PROTOCOLS));
  if (port === undefined) {
    if (endPort !== undefined)
      causes.push(invalid(`${path}.endPort`, endPort, 'may not be specified when `port` is not specified'));
    return causes;
  }
  if (typeof port === 'string') {
    if (endPort !== undefined)
      causes.push(invalid(`${path}.endPort`, endPort, 'may not be specified when `port` is non-numeric'));
    return [...causes, ...portName(port).map((text) => invalid(`${path}.port`, port, text))];
  }
  for (const text of portNumber(port)) causes.push(invalid(`${path}.port`, port, text));
  if (endPort === undefined) return causes;
  if (endPort < port) causes.push(invalid(`${path}.endPort`, port, 'must be greater than or equal to `port`'));
  return [...causes, ...portNumber(endPort).map((text) => invalid(`${path}.endPort`, endPort, text))];
}

function validatePeer(peer: Peer, path: string): StatusCause[] {
  const { podSelector, namespaceSelector, ipBlock } = peer;
  const causes = [
    ...validateLabelSelector(podSelector, `${path}.podSelector`),
    ...validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`),
    ...(ipBlock === undefined ? [] : validateBlock(ipBlock, `${path}.ipBlock`)),
  ];
  const hasSelector = podSelector !== undefined || namespaceSelector !== undefined;
  if (!hasSelector && ipBlock === undefined) causes.push(required(path, 'must specify a peer'));
  if (hasSelector && ipBlock !== undefined) causes.push(forbidden(path, 'may not specify both ipBlock and another peer'));
  return causes;
}

const prefixOf = (cidr: string): number => Number(cidr.split('/')[1]);

function validateBlock({ cidr, except = [] }: NonNullable<Peer['ipBlock']>, path: string): StatusCause[] {
  if (!cidr) return [required(`${path}.cidr`)];
  if (!isCidr(cidr)) return [invalid(`${path}.cidr`, cidr, 'not a valid CIDR')];
  const causes: StatusCause[] = [];
  for (const [i, hole] of except.entries()) {
    if (!isCidr(hole)) return [...causes, invalid(`${path}.except[${i}]`, hole, 'not a valid CIDR')];
    if (!cidrContains(cidr, hole.split('/')[0]!) || prefixOf(cidr) >= prefixOf(hole))
      causes.push(invalid(`${path}.except[${i}]`, hole, 'must be a strict subset of `cidr`'));
  }
  return causes;
}

export const networkPolicy = defineResource({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  shortNames: ['netpol'],
  namespaced: true,
  schema: 'io.k8s.api.networking.v1.NetworkPolicy',
  strategy: { generation: true, validate },
  columns: [nameColumn, column('Pod-Selector', (object) => labelSelectorCell(object.spec?.podSelector)), ageColumn],
});
