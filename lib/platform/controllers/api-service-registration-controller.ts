import { localPriority } from '../api/apiregistration/priorities.ts';
import type { KubeObject } from '../api/meta.ts';
import { isAlreadyExists } from './api-errors.ts';
import { defineController, type ControllerDefinition } from './define-controller.ts';
import { API_SERVICES, refTo } from './resources.ts';
import { sameJson } from './same-json.ts';

/** Who keeps an APIService: without the label it is its writer's. */
const MANAGED = 'kube-aggregator.kubernetes.io/automanaged';

interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

/** Says of every group version that is served here that it is (kube-aggregator's autoregister controller). */
export function apiServiceRegistrationController(served: readonly GroupVersion[]): ControllerDefinition {
  const wanted = new Map(served.map((of) => [`${of.version}.${of.group}`, apiServiceOf(of)]));
  return defineController({
    name: 'api-service-registration-controller',
    seeds: [...wanted.keys()],
    watches: [{ of: API_SERVICES, map: ({ metadata }) => (wanted.has(metadata.name!) ? [metadata.name!] : []) }],
    async reconcile(name, { client, lister }) {
      const object = wanted.get(name)!;
      const found = lister(API_SERVICES).get(undefined, name);
      if (found === undefined) {
        await client.create(API_SERVICES, object).catch((error: unknown) => {
          if (!isAlreadyExists(error)) throw error;
        });
        return;
      }
      // Whoever has another server answer means it so; and what nobody labelled is somebody's own.
      if (found.spec?.service || found.metadata.labels?.[MANAGED] === undefined || sameJson(found.spec, object.spec)) return;
      await client.update(refTo(API_SERVICES, found), { ...found, spec: object.spec });
    },
  });
}

function apiServiceOf({ group, version }: GroupVersion): KubeObject {
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: `${version}.${group}`, labels: { [MANAGED]: 'onstart' } },
    spec: { ...(group === '' ? {} : { group }), version, ...localPriority(group, version) },
  };
}
