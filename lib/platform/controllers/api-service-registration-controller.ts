import type { CustomResourceDefinition } from '../api/apiextensions/definition-types.ts';
import { localPriority } from '../api/apiregistration/priorities.ts';
import type { KubeObject } from '../api/meta.ts';
import type { Lister } from '../client/lister.ts';
import { isAlreadyExists, unlessGone } from './api-errors.ts';
import { defineController, type ControllerDefinition } from './define-controller.ts';
import { API_SERVICES, CUSTOM_RESOURCE_DEFINITIONS, refTo } from './resources.ts';
import { sameJson } from './same-json.ts';

/** Who keeps an APIService: without the label it is its writer's. `true`: it also goes with what it is about. */
const MANAGED = 'kube-aggregator.kubernetes.io/automanaged';

interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

/**
 * Says of every group version that is served here that it is: of those that always are (`served`), and of those that custom resources
 * make (kube-aggregator's autoregister and crdregistration controllers).
 */
export function apiServiceRegistrationController(served: readonly GroupVersion[]): ControllerDefinition {
  const ours = new Map(served.map((of) => [nameOf(of), of]));
  return defineController({
    name: 'api-service-registration-controller',
    seeds: [...ours.keys()],
    watches: [
      { of: API_SERVICES, map: ({ metadata }) => [metadata.name!] },
      { of: CUSTOM_RESOURCE_DEFINITIONS, map: (object) => servedBy(object as CustomResourceDefinition).map(nameOf) },
    ],
    async reconcile(name, { client, lister }) {
      const found = lister(API_SERVICES).get(undefined, name);
      const definitions = lister<CustomResourceDefinition>(CUSTOM_RESOURCE_DEFINITIONS);
      const wanted = ours.has(name) ? apiServiceOf(ours.get(name)!, 'onstart') : customApiService(name, definitions);
      const label = found?.metadata.labels?.[MANAGED];
      if (found === undefined) {
        if (wanted === undefined) return;
        await client.create(API_SERVICES, wanted).catch((error: unknown) => {
          if (!isAlreadyExists(error)) throw error;
        });
        return;
      }
      // Whoever has another server answer means it so; and what nobody labelled is somebody's own.
      if (found.spec?.service || label === undefined) return;
      if (wanted !== undefined && !sameJson(found.spec, wanted.spec))
        await client.update(refTo(API_SERVICES, found), { ...found, spec: wanted.spec });
      if (wanted === undefined && label === 'true')
        await unlessGone(client.delete(refTo(API_SERVICES, found), { preconditions: { uid: found.metadata.uid! } }));
    },
  });
}

const nameOf = ({ group, version }: GroupVersion): string => `${version}.${group}`;

function servedBy({ spec }: CustomResourceDefinition): GroupVersion[] {
  const versions = (spec.versions ?? []).filter(({ served }) => served === true);
  return versions.map(({ name = '' }) => ({ group: spec.group ?? '', version: name }));
}

/** Of a group version that at least one definition serves. Groups of others never have the last word on ours: they come last. */
function customApiService(name: string, definitions: Lister<CustomResourceDefinition>): KubeObject | undefined {
  const dot = name.indexOf('.');
  const of = { version: name.slice(0, dot), group: name.slice(dot + 1) };
  const serves = (definition: CustomResourceDefinition): boolean =>
    definition.spec.group === of.group &&
    definition.metadata.deletionTimestamp === undefined &&
    servedBy(definition).some(({ version }) => version === of.version);
  return definitions.list().some(serves) ? apiServiceOf(of, 'true') : undefined;
}

function apiServiceOf({ group, version }: GroupVersion, managed: 'onstart' | 'true'): KubeObject {
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: nameOf({ group, version }), labels: { [MANAGED]: managed } },
    spec: { ...(group === '' ? {} : { group }), version, ...localPriority(group, version) },
  };
}
