import type { CustomResourceDefinition } from '../../api/apiextensions/definition-types.ts';
import { isNotFound } from '../../api/status-error.ts';
import type { GroupVersionResource } from '../../api/verbs.ts';
import type { Client } from '../../client/client.ts';
import { groupOf, type KindInfo, qualifiedResource } from '../kind-info.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../resources.ts';
import type { ObjectReference } from './autoscaler-types.ts';

/** What is scaled, as its scale subresource shows it. */
export interface ScaleTarget {
  readonly specReplicas: number;
  readonly statusReplicas: number;
  /** As text; '' where it has none. */
  readonly selector: string;
  /** Wants another number of replicas. Rejects with a StatusError. */
  scale(replicas: number): Promise<void>;
}

/** Finds what an autoscaler names. */
export interface ScaleTargets {
  /** Rejects with an Error when there is none, or it cannot be scaled. */
  find(client: Client, namespace: string, reference: ObjectReference): Promise<ScaleTarget>;
  /** The resource of a kind with its group: `ingresses.networking.k8s.io`. */
  resourceOf(client: Client, reference: ObjectReference): Promise<string>;
}

/** Over the scale subresource, so that whatever has one can be scaled: `kinds`, and custom resources. */
export function scaleTargets(kinds: readonly KindInfo[]): ScaleTargets {
  const resourceFor = async (client: Client, { apiVersion = '', kind }: ObjectReference): Promise<GroupVersionResource> => {
    const group = groupOf(apiVersion);
    const version = apiVersion.slice(apiVersion.indexOf('/') + 1);
    const ours = kinds.filter((each) => each.group === group && each.kind === kind);
    const known = ours.find((each) => each.version === version) ?? ours[0];
    if (known !== undefined) return known;
    const found = await customResource(client, group, kind, version);
    if (found === undefined) throw new Error(`no matches for kind "${kind}" in group "${group}"`);
    return found;
  };

  return {
    async find(client, namespace, reference) {
      const { group, version, resource } = await resourceFor(client, reference);
      const ref = { group, version, resource, namespace, name: reference.name, subresource: 'scale' };
      const scale = await client.get(ref);
      return {
        specReplicas: scale.spec?.replicas ?? 0,
        statusReplicas: scale.status?.replicas ?? 0,
        selector: selectorText(scale.status),
        scale: async (replicas) => void (await client.update(ref, { ...scale, spec: { ...scale.spec, replicas } })),
      };
    },
    resourceOf: async (client, reference) => qualifiedResource(await resourceFor(client, reference)),
  };
}

/** Scales of extensions/v1beta1 have a map there, and the text beside it. */
const selectorText = ({ selector, targetSelector }: { selector?: unknown; targetSelector?: string } = {}): string =>
  typeof selector === 'string' ? selector : (targetSelector ?? '');

async function customResource(
  client: Client,
  group: string,
  kind: string,
  version: string,
): Promise<GroupVersionResource | undefined> {
  try {
    const { items } = await client.list<CustomResourceDefinition>(CUSTOM_RESOURCE_DEFINITIONS);
    const found = items.find(({ spec }) => spec.group === group && spec.names?.kind === kind)?.spec;
    const served = found?.versions?.filter((each) => each.served === true).map(({ name }) => name) ?? [];
    const chosen = served.includes(version) ? version : served[0];
    const resource = found?.names?.plural;
    return resource === undefined || chosen === undefined ? undefined : { group, version: chosen, resource };
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
