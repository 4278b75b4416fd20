import { isAlreadyExists, isForbiddenByTermination } from './api-errors.ts';
import { defineController, type ControllerDefinition } from './define-controller.ts';
import { CONFIG_MAPS, NAMESPACES, refTo } from './resources.ts';

const NAME = 'kube-root-ca.crt';
/** Kubernetes' own annotation, so that users who meet the config map know what it is for. */
const DESCRIPTION =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal ' +
  'service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

/** Keeps the config map `kube-root-ca.crt`, which projected token volumes mount, in every namespace. */
export function rootCaPublisher(caPem: string): ControllerDefinition {
  const wanted = { apiVersion: 'v1', kind: 'ConfigMap', data: { 'ca.crt': caPem } };
  const metadata = { name: NAME, annotations: { 'kubernetes.io/description': DESCRIPTION } };
  return defineController({
    name: 'root-ca-publisher',
    for: NAMESPACES,
    watches: [{ of: CONFIG_MAPS, map: (object) => (object.metadata.name === NAME ? [object.metadata.namespace!] : []) }],
    concurrency: 2,
    async reconcile(namespace, { client, lister }) {
      const owner = lister(NAMESPACES).byKey(namespace);
      if (owner === undefined || owner.metadata.deletionTimestamp !== undefined) return;
      const known = lister(CONFIG_MAPS).get(namespace, NAME);
      if (known !== undefined) {
        if (known['data']?.['ca.crt'] === caPem && Object.keys(known['data']).length === 1) return;
        await client.update(refTo(CONFIG_MAPS, known), { ...known, ...wanted });
        return;
      }
      try {
        await client.create({ ...CONFIG_MAPS, namespace }, { ...wanted, metadata: { ...metadata, namespace } });
      } catch (error) {
        if (!isAlreadyExists(error) && !isForbiddenByTermination(error)) throw error;
      }
    },
  });
}
