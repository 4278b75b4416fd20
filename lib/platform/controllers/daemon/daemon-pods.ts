import type { Node, NodeSelectorTerm, Pod, Toleration } from '../core-types.ts';
import { podFromTemplate } from '../replicas/pod-control.ts';
import { REVISION_HASH } from '../revisions/revision-history.ts';
import { matchesNode, matchesTerm } from '../scheduler/node-affinity.ts';
import { untolerated } from '../taints.ts';
import type { DaemonSet } from './daemon-types.ts';

const GENERATION = 'deprecated.daemonset.template.generation';

const exists = (name: string, effect: string): Toleration => ({ key: `node.kubernetes.io/${name}`, operator: 'Exists', effect });
/** Daemons stay where others are sent away (kubernetes daemon/util AddOrUpdateDaemonPodTolerations). */
const TOLERATIONS: readonly Toleration[] = [
  exists('not-ready', 'NoExecute'),
  exists('unreachable', 'NoExecute'),
  exists('disk-pressure', 'NoSchedule'),
  exists('memory-pressure', 'NoSchedule'),
  exists('pid-pressure', 'NoSchedule'),
  exists('unschedulable', 'NoSchedule'),
];

/** A daemon's pod of a template, for whatever node. */
function templatePod(daemonSet: DaemonSet): Pod {
  const pod = podFromTemplate(daemonSet, daemonSet.spec.template);
  const more = pod.spec.hostNetwork === true ? [exists('network-unavailable', 'NoSchedule')] : [];
  return { ...pod, spec: { ...pod.spec, tolerations: [...(pod.spec.tolerations ?? []), ...TOLERATIONS, ...more] } };
}

/** The pod of one node: the scheduler binds it there and nowhere else. */
export function daemonPod(daemonSet: DaemonSet, nodeName: string, hash: string): Pod {
  const pod = templatePod(daemonSet);
  const { affinity } = pod.spec;
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const onNode = { matchFields: [{ key: 'metadata.name', operator: 'In', values: [nodeName] }] };
  const terms: NodeSelectorTerm[] = (required?.nodeSelectorTerms ?? [{}]).map((term) => ({ ...term, ...onNode }));
  const nodeAffinity = {
    ...affinity?.nodeAffinity,
    requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms },
  };
  const generation = daemonSet.metadata.annotations?.[GENERATION];
  const labels = {
    ...pod.metadata.labels,
    [REVISION_HASH]: hash,
    ...(generation === undefined ? {} : { 'pod-template-generation': generation }),
  };
  return { ...pod, metadata: { ...pod.metadata, labels }, spec: { ...pod.spec, affinity: { ...affinity, nodeAffinity } } };
}

/** Whether the node is to have a pod, and whether one that is there may stay (kubernetes daemon NodeShouldRunDaemonPod). */
export function fits(daemonSet: DaemonSet, node: Node): { readonly run: boolean; readonly stay: boolean } {
  const pod = templatePod(daemonSet);
  const named = pod.spec.nodeName ?? '';
  if ((named !== '' && named !== node.metadata.name) || !matchesNode(pod, node)) return { run: false, stay: false };
  const taints = node.spec?.taints;
  if (untolerated(taints, pod.spec.tolerations, ['NoExecute']) !== undefined) return { run: false, stay: false };
  return { run: untolerated(taints, pod.spec.tolerations, ['NoSchedule']) === undefined, stay: true };
}

/** Where a pod is, or is to be. */
export function nodeOf(pod: Pod, nodes: readonly Node[]): string | undefined {
  if (pod.spec.nodeName) return pod.spec.nodeName;
  const terms = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const name = terms.flatMap(({ matchFields = [] }) => matchFields).find(({ key }) => key === 'metadata.name')?.values?.[0];
  return name ?? nodes.find((node) => terms.some((term) => matchesTerm(term, node)))?.metadata.name;
}
