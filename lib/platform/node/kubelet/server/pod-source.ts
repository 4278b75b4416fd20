import type { KubeObject } from '../../../api/meta.ts';

/**
 * What the node server asks the kubelet: its own, current view of the pods (never the API's, which lags behind).
 * Both calls answer from memory and never throw.
 */
export interface PodSource {
  /** The pod of that name, and of that uid when one is given; undefined when this node has none. */
  find(namespace: string, name: string, uid?: string): NodePod | undefined;
  /** Every pod of the node. */
  list(): NodePod[];
}

/** A pod as the kubelet runs it. A snapshot: ask again instead of keeping it. */
export interface NodePod {
  /** The pod, its status as the kubelet computed it last. */
  readonly object: KubeObject;
  /** undefined while there is no running sandbox. `netns` is a path that nsenter takes, such as `/proc/4711/ns/net`. */
  readonly sandbox: { readonly id: string; readonly pid: number; readonly netns: string } | undefined;
  /** undefined until the pod network has attached it. The node's own for hostNetwork pods. */
  readonly podIP: string | undefined;
  /** By name, of all three lists: init, ephemeral and plain containers. A container that is in the spec but never ran may be missing. */
  readonly containers: ReadonlyMap<string, NodeContainer>;
}

/** One container of a pod: ids are the engine's own, without `docker://`. */
export interface NodeContainer {
  readonly state: 'waiting' | 'running' | 'terminated';
  /** Why it waits: `ContainerCreating`, `PodInitializing`, `CrashLoopBackOff`, `ImagePullBackOff` ... Empty in the other states. */
  readonly reason: string;
  /** The running container, or the one that terminated last if it has not been replaced. undefined: never created, or removed. */
  readonly id: string | undefined;
  /** The instance before `id` (while waiting for a restart: the one that terminated last), if the engine still has it. */
  readonly previousId: string | undefined;
}
