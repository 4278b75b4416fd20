import type { ReplaceSubresource } from '../../subresources/subresource.ts';
import type { KubeObject } from '../../meta.ts';
import type { StatusCause } from '../../status-error.ts';
import { deepEqual, forbidden, invalid } from '../../validation/causes.ts';
import { validatePod } from './pod-validation.ts';
import { qosClass } from './qos-class.ts';

type Amounts = Record<string, string>;
interface Resources {
  readonly limits?: Amounts;
  readonly requests?: Amounts;
}
interface Container {
  readonly name: string;
  readonly restartPolicy?: string;
  readonly resources?: Resources;
  readonly resizePolicy?: unknown;
}

const LISTS = ['containers', 'initContainers'] as const;
type List = (typeof LISTS)[number];
const listOf = (pod: KubeObject, list: List): Container[] => (pod.spec?.[list] ?? []) as Container[];

/**
 * `pods/resize`: changes what the containers of a pod may use of cpu and memory, and nothing else; its node brings that about, as it is
 * or by starting the container again (pkg/registry/core/pod podResizeStrategy, validation ValidatePodResize).
 */
export const resize: ReplaceSubresource = {
  kind: 'replace',
  prepareForUpdate: (pod, old) => {
    const spec = structuredClone(old.spec);
    for (const list of LISTS)
      if (spec[list] !== undefined) spec[list] = listOf(pod, list).map((each) => resized(each, listOf(old, list)));
    pod.spec = spec;
    pod.status = old.status;
    for (const field of ['labels', 'annotations', 'ownerReferences', 'finalizers'] as const) {
      if (old.metadata[field] === undefined) delete pod.metadata[field];
      else Object.assign(pod.metadata, { [field]: structuredClone(old.metadata[field]) });
    }
  },
  validateUpdate: (pod, old) => validateResize(pod, old),
};

/** The container as it was, but for what it may use. One of another name is left for the validation to refuse. */
function resized(container: Container, before: readonly Container[]): Container {
  const old = before.find(({ name }) => name === container.name);
  if (old === undefined) return container;
  const { resources: _resources, resizePolicy: _policy, ...kept } = structuredClone(old);
  const { resources, resizePolicy } = container;
  return {
    ...kept,
    ...(resources === undefined ? {} : { resources }),
    ...(resizePolicy === undefined ? {} : { resizePolicy }),
  };
}

function validateResize(pod: KubeObject, old: KubeObject): StatusCause[] {
  if (old.spec.resources?.requests !== undefined || old.spec.resources?.limits !== undefined)
    return [forbidden('', 'pods with pod-level resources cannot be resized')];
  const causes = validatePod(pod);
  const order = LISTS.flatMap((list) => validateOrder(list, listOf(pod, list), listOf(old, list)));
  if (order.length > 0) return [...causes, ...order];
  if ((old.status?.qosClass ?? qosClass(old.spec)) !== qosClass(pod.spec))
    causes.push(invalid('spec', pod.status?.qosClass ?? '', 'Pod QOS Class may not change as a result of resizing'));
  if (!isSupported(old)) causes.push(forbidden('spec', 'Pod running on node without support for resize'));
  for (const list of LISTS)
    for (const [i, before] of listOf(old, list).entries())
      causes.push(...validateContainerResize(listOf(pod, list)[i]!, before, list, i));
  return causes;
}

function validateOrder(list: List, now: readonly Container[], before: readonly Container[]): StatusCause[] {
  if (now.length !== before.length) return [forbidden(`spec.${list}`, `${list} may not be added or removed on resize`)];
  return before.flatMap(({ name }, i) =>
    now[i]!.name === name ? [] : [forbidden(`spec.${list}[${i}].name`, `${list} may not be renamed or reordered on resize`)],
  );
}

/** A node that cannot resize does not tell what its running containers have. */
function isSupported({ status }: KubeObject): boolean {
  const statuses = (status?.containerStatuses ?? []) as { state?: { running?: object }; resources?: object }[];
  const running = statuses.find(({ state }) => state?.running !== undefined);
  return running === undefined || running.resources !== undefined;
}

function validateContainerResize(now: Container, before: Container, list: List, i: number): StatusCause[] {
  const path = `spec.${list}[${i}].resources`;
  const causes: StatusCause[] = [];
  for (const field of ['requests', 'limits'] as const)
    if (isRemoved(now.resources?.[field], before.resources?.[field]))
      causes.push(forbidden(`${path}.${field}`, `resource ${field} cannot be removed`));
  const sidecar = before.restartPolicy === 'Always';
  if (list === 'initContainers' && !sidecar)
    return deepEqual(now, before)
      ? causes
      : [...causes, forbidden('spec', 'resources for non-sidecar init containers are immutable')];
  if (deepEqual(withoutCompute(now), withoutCompute(before))) return causes;
  const text =
    list === 'containers'
      ? 'only cpu and memory resources are mutable'
      : 'only cpu and memory resources for sidecar containers are mutable';
  return [...causes, forbidden('spec', text)];
}

const isRemoved = (now: Amounts = {}, before: Amounts = {}): boolean =>
  Object.keys(before).some((name) => now[name] === undefined);

function withoutCompute({ resources, ...container }: Container): object {
  const rest = ({ cpu: _cpu, memory: _memory, ...amounts }: Amounts = {}): Amounts => amounts;
  return { ...container, requests: rest(resources?.requests), limits: rest(resources?.limits) };
}
