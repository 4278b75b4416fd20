import { quantityValue } from '../containers/resource-values.ts';
import { isSidecar } from '../pod-containers.ts';
import type { Pod } from '../types/pod-types.ts';

/** cpu in thousandths of a core, memory in bytes. */
export interface Requests {
  readonly cpu: number;
  readonly memory: number;
}

/** Why a resize has to wait: `Infeasible` will never be, `Deferred` may be when others use less. */
export interface PendingResize {
  readonly reason: 'Infeasible' | 'Deferred';
  readonly message: string;
}

/** What the containers of a pod ask for at once. Init containers that end are over before a pod can be resized. */
export function requestsOf({ spec }: Pod): Requests {
  let cpu = 0;
  let memory = 0;
  for (const { resources = {} } of [...spec.containers, ...(spec.initContainers ?? []).filter(isSidecar)]) {
    cpu += Math.ceil(quantityValue(resources.requests?.cpu ?? resources.limits?.cpu ?? '0') * 1000);
    memory += Math.ceil(quantityValue(resources.requests?.memory ?? resources.limits?.memory ?? '0'));
  }
  return { cpu, memory };
}

/**
 * Whether the node has room for what a pod wants to be (kubelet: allocation manager, canResizePod). `used`: what all other pods
 * of the node have. Undefined: it fits. A resource that does not grow needs no room.
 */
export function judgeResize(
  wanted: Requests,
  allocated: Requests,
  used: Requests,
  allocatable: Requests,
): PendingResize | undefined {
  for (const name of ['cpu', 'memory'] as const)
    if (wanted[name] > allocatable[name])
      return {
        reason: 'Infeasible',
        message: `Node didn't have enough capacity: ${name}, requested: ${wanted[name]}, capacity: ${allocatable[name]}`,
      };
  for (const name of ['cpu', 'memory'] as const)
    if (wanted[name] > allocated[name] && used[name] + wanted[name] > allocatable[name])
      return {
        reason: 'Deferred',
        message: `Node didn't have enough resource: ${name}, requested: ${wanted[name]}, used: ${used[name]}, capacity: ${allocatable[name]}`,
      };
  return undefined;
}
