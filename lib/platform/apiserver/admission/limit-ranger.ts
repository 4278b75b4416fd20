import { limitRange } from '../../api/core/limit-range.ts';
import { beyondLimits, type LimitItem, type Resources, sumResources } from '../../api/core/limits/limit-constraints.ts';
import { persistentVolumeClaim } from '../../api/core/persistent-volume-claim.ts';
import { pod } from '../../api/core/pod/pod.ts';
import type { KubeObject } from '../../api/meta.ts';
import { newForbidden } from '../../api/status-error.ts';
import { resourcePrefix } from '../store/storage-key.ts';
import type { AdmissionPlugin, AdmissionRequest } from './admission-plugin.ts';

const ANNOTATION = 'kubernetes.io/limit-ranger';

interface Container {
  readonly name: string;
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
}

/** Gives containers their namespace's defaults, and refuses what is beyond its limits (plugin/pkg/admission/limitranger). */
export const limitRanger: AdmissionPlugin = {
  name: 'LimitRanger',
  admit(request) {
    if (request.operation !== 'CREATE' || request.definition !== pod || request.ref.subresource !== undefined) return;
    const items = itemsOf(request, 'Container');
    if (items.length > 0 && request.object?.spec !== undefined) setDefaults(request.object, items);
  },
  validate(request) {
    const { operation, definition, ref, object } = request;
    const resizes = definition === pod && operation === 'UPDATE' && ref.subresource === 'resize';
    if (object === undefined || (ref.subresource !== undefined && !resizes)) return;
    // What a pod asks for changes by a resize alone; a claim may grow.
    const beyond =
      resizes || (definition === pod && operation === 'CREATE')
        ? podBeyond(object, request)
        : definition === persistentVolumeClaim && (operation === 'CREATE' || operation === 'UPDATE')
          ? itemsOf(request, 'PersistentVolumeClaim').flatMap((item) =>
              beyondLimits(item, (object.spec?.resources ?? {}) as Resources),
            )
          : [];
    if (beyond.length === 0) return;
    const why = beyond.length === 1 ? beyond[0]! : `[${beyond.join(', ')}]`;
    throw newForbidden({ group: definition.group, resource: definition.plural }, object.metadata.name ?? '', why);
  },
};

function itemsOf({ cache, ref }: AdmissionRequest, type: string): LimitItem[] {
  const prefix = `${resourcePrefix(limitRange)}${ref.namespace ?? ''}/`;
  return [...cache.resource(resourcePrefix(limitRange)).range(prefix)]
    .flatMap(({ object }) => (object.spec?.limits ?? []) as LimitItem[])
    .filter((item) => item.type === type);
}

const containersOf = (object: KubeObject): Container[] => (object.spec?.containers ?? []) as Container[];
const initContainersOf = (object: KubeObject): Container[] => (object.spec?.initContainers ?? []) as Container[];

function podBeyond(object: KubeObject, request: AdmissionRequest): string[] {
  const containers = [...containersOf(object), ...initContainersOf(object)];
  const ofContainers = itemsOf(request, 'Container').flatMap((item) =>
    containers.flatMap(({ resources = {} }) => beyondLimits(item, resources)),
  );
  const whole = sumResources(containersOf(object).map(({ resources = {} }) => resources));
  return [...ofContainers, ...itemsOf(request, 'Pod').flatMap((item) => beyondLimits(item, whole))];
}

function setDefaults(object: KubeObject, items: readonly LimitItem[]): void {
  const requests = Object.assign({}, ...items.map((item) => item.defaultRequest ?? {})) as Record<string, string>;
  const limits = Object.assign({}, ...items.map((item) => item.default ?? {})) as Record<string, string>;
  const told: string[] = [];
  for (const [word, containers] of [
    ['container', containersOf(object)],
    ['init container', initContainersOf(object)],
  ] as const)
    for (const container of containers) {
      const set = (field: 'requests' | 'limits', defaults: Record<string, string>): void => {
        const missing = Object.keys(defaults).filter((name) => container.resources?.[field]?.[name] === undefined);
        if (missing.length === 0) return;
        const values = Object.fromEntries(missing.map((name) => [name, defaults[name]!]));
        container.resources = { ...container.resources, [field]: { ...container.resources?.[field], ...values } };
        told.push(`${missing.toSorted().join(', ')} ${field.slice(0, -1)} for ${word} ${container.name}`);
      };
      set('requests', requests);
      set('limits', limits);
    }
  if (told.length > 0)
    object.metadata.annotations = { ...object.metadata.annotations, [ANNOTATION]: `LimitRanger plugin set: ${told.join('; ')}` };
}
