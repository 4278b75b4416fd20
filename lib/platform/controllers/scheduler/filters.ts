import type { ContainerPort, Pod } from '../core-types.ts';
import { tolerates, untolerated } from '../taints.ts';
import { matchesNode } from './node-affinity.ts';
import { hostPorts, type NodeInfo } from './node-info.ts';
import { podRequests } from './pod-requests.ts';

/** Why a node will not do, in Kubernetes' own words; empty when it will. */
export type Filter = (pod: Pod, info: NodeInfo) => readonly string[];

const UNSCHEDULABLE = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' } as const;

const nodeUnschedulable: Filter = (pod, { node }) =>
  node.spec?.unschedulable === true && !(pod.spec.tolerations ?? []).some((one) => tolerates(one, UNSCHEDULABLE))
    ? ['node(s) were unschedulable']
    : [];

const taintToleration: Filter = (pod, { node }) => {
  const taint = untolerated(node.spec?.taints, pod.spec.tolerations, ['NoSchedule', 'NoExecute']);
  return taint === undefined ? [] : [`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`];
};

const nodeAffinity: Filter = (pod, { node }) =>
  matchesNode(pod, node) ? [] : ["node(s) didn't match Pod's node affinity/selector"];

const nodePorts: Filter = (pod, info) => {
  const wanted = hostPorts(pod);
  if (wanted.length === 0) return [];
  const taken = info.pods.flatMap((other) => hostPorts(other));
  return wanted.some((port) => taken.some((other) => clashes(port, other)))
    ? ["node(s) didn't have free ports for the requested pod ports"]
    : [];
};

function clashes(a: ContainerPort, b: ContainerPort): boolean {
  if (a.hostPort !== b.hostPort || (a.protocol ?? 'TCP') !== (b.protocol ?? 'TCP')) return false;
  const [one, other] = [a.hostIP || '0.0.0.0', b.hostIP || '0.0.0.0'];
  return one === other || one === '0.0.0.0' || other === '0.0.0.0';
}

/** A resource that a node does not list, it does not have. */
const resourcesFit: Filter = (pod, info) => {
  const reasons: string[] = [];
  if (info.pods.length + 1 > (info.allocatable.get('pods') ?? 0)) reasons.push('Too many pods');
  for (const [name, amount] of podRequests(pod)) {
    const free = (info.allocatable.get(name) ?? 0) - (info.requested.get(name) ?? 0);
    if (amount > 0 && amount > free) reasons.push(`Insufficient ${name}`);
  }
  return reasons;
};

/** In Kubernetes' order: the first that objects is the one whose reasons are told. */
const FILTERS: readonly Filter[] = [nodeUnschedulable, taintToleration, nodeAffinity, nodePorts, resourcesFit];

/** Why the pod may not run on the node, by the first filter that objects; none: it may. */
export function objections(pod: Pod, info: NodeInfo): readonly string[] {
  for (const filter of FILTERS) {
    const reasons = filter(pod, info);
    if (reasons.length > 0) return reasons;
  }
  return [];
}
