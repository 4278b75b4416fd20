import type { KubeObject } from '../api/meta.ts';
import type { EnvVar } from '../api/openshift-apps/deployment-config-types.ts';
import type { ResourceRef } from '../api/verbs.ts';
import { APP_RESOURCES } from './app-objects.ts';
import { selectorOf } from './application.ts';
import type { Client } from '../client/client.ts';

/** What runs an application: a deployment, or a deployment config where an earlier version of this program has made it. */
export interface Workload extends KubeObject {
  spec: {
    replicas?: number;
    /** A deployment's has `matchLabels`; a deployment config's is the labels themselves. */
    selector?: { matchLabels?: Record<string, string> };
    template?: { spec: { containers: { name: string; image?: string; env?: EnvVar[] }[] } };
  };
  status?: {
    replicas?: number;
    updatedReplicas?: number;
    availableReplicas?: number;
    /** Of deployment configs alone. */
    latestVersion?: number;
  };
}

/** The workload of one application, and where it is. */
export interface PlacedWorkload {
  readonly ref: ResourceRef & { readonly name: string };
  readonly object: Workload;
}

/** Those of a project's applications, or of the one of that name: one of each. */
export async function workloadsOf(
  { client, namespace }: { client: Client; namespace: string },
  name?: string,
): Promise<PlacedWorkload[]> {
  const kinds = [APP_RESOURCES.deployment, APP_RESOURCES.deploymentConfig];
  const lists = await Promise.all(
    kinds.map((kind) => client.list<Workload>({ ...kind, namespace }, { labelSelector: selectorOf(name) })),
  );
  const found = new Map<string, PlacedWorkload>();
  for (const [n, { items }] of lists.entries())
    for (const object of items) {
      const named = object.metadata.name!;
      if (!found.has(named)) found.set(named, { ref: { ...kinds[n]!, namespace, name: named }, object });
    }
  return [...found.values()].sort((a, b) => (a.ref.name < b.ref.name ? -1 : 1));
}

/** Whether a deployment config runs it: one that was made before applications were deployments, or that its owner chose. */
export const isDeploymentConfig = ({ ref }: PlacedWorkload): boolean => ref.resource === APP_RESOURCES.deploymentConfig.resource;

/** Versions that have been begun; 0 while no image was built. */
export function versionOf({ object: { metadata, status } }: PlacedWorkload): number {
  return status?.latestVersion ?? Number(metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0);
}

/** Whether its newest version runs alone, with all its pods. While one does not start, the version before answers. */
export function isSettled({ object: { spec, status } }: PlacedWorkload): boolean {
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status ?? {};
  const wanted = spec.replicas ?? 1;
  return [replicas, updatedReplicas, availableReplicas].every((count) => count === wanted);
}
