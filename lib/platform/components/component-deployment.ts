import type { KubeObject } from '../api/meta.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A part of the platform that runs in a pod of its own: the registry, the router, git. */
export interface Component {
  /** Of all objects of it. Its labels select the pod. */
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels: Readonly<Record<string, string>> };
  /** Of the pod. @default none */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Whom its program runs as: neither root nor anybody of the host's. */
  readonly user: { readonly uid: number; readonly gid: number };
  /** More of the pod's security context. */
  readonly securityContext?: Fields;
  /** More of its container's. */
  readonly containerSecurityContext?: Fields;
  /** core/v1 Container, without what all components have in common. */
  readonly container: Fields & { readonly name: string; readonly image: string };
  /** The rest of core/v1 PodSpec. */
  readonly pod: Fields;
}

/** What projects have begins again beside it, and the registry's start is what frees images that are not needed. */
const WITH_A_FULL_DISK = { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' };

/**
 * The deployment of a component. Its pod runs alone, since two would write the same files or want the same ports, has no token, and may
 * nothing beyond what it says itself.
 */
export function componentDeployment({ metadata, annotations, user, container, pod, ...more }: Component): KubeObject {
  const { labels } = metadata;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: {
      replicas: 1,
      strategy: { type: 'Recreate' },
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, ...(annotations === undefined ? {} : { annotations }) },
        spec: {
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          tolerations: [WITH_A_FULL_DISK],
          securityContext: { runAsUser: user.uid, runAsGroup: user.gid, runAsNonRoot: true, ...more.securityContext },
          containers: [
            {
              imagePullPolicy: 'IfNotPresent',
              ...container,
              securityContext: {
                allowPrivilegeEscalation: false,
                capabilities: { drop: ['ALL'] },
                ...more.containerSecurityContext,
              },
            },
          ],
          ...pod,
        },
      },
    },
  };
}
