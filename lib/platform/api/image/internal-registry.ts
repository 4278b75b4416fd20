import type { KubeObject } from '../meta.ts';
import { isNotFound } from '../status-error.ts';
import type { Verbs } from '../verbs.ts';

/** The service of the platform's own registry, under OpenShift 3's name. While it is there, streams have a place to be pushed to. */
export const REGISTRY_SERVICE = { namespace: 'default', name: 'docker-registry' } as const;

/** `172.30.0.5:5000`: how everybody names the registry; undefined without one. */
export function registryHostOf(service: KubeObject | undefined): string | undefined {
  const spec = service?.['spec'] as { clusterIP?: string; ports?: { port: number }[] } | undefined;
  const address = spec?.clusterIP;
  const port = spec?.ports?.[0]?.port;
  return address === undefined || address === 'None' || address === '' || port === undefined ? undefined : `${address}:${port}`;
}

/** The same, asked of the API. */
export async function registryHost(verbs: Verbs): Promise<string | undefined> {
  try {
    return registryHostOf(await verbs.get({ group: '', version: 'v1', resource: 'services', ...REGISTRY_SERVICE }));
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
