import { defineResource, type ResourceDefinition } from './define-resource.ts';
import type { KubeObject } from './meta.ts';
import type { StatusCause } from './status-error.ts';

/** How objects that are stored as another definition has them are read and written in this version. Metadata is the same in both. */
export interface VersionConversion {
  readonly stored: ResourceDefinition;
  /** May change its argument. Throws a StatusError for what cannot be said in the stored version; parts that are absent stay absent. */
  toStored(object: KubeObject): KubeObject;
  /** Gets a copy of its own. */
  fromStored(object: KubeObject): KubeObject;
  /** What holds for writes through this version only, of objects as they are stored; the stored kind's own rules hold beside it. */
  validateCreate?(object: KubeObject): StatusCause[];
  validateUpdate?(object: KubeObject, old: KubeObject): StatusCause[];
}

/** What differs in another version of a kind. */
export interface VersionOptions extends Pick<VersionConversion, 'toStored' | 'fromStored'> {
  /** @default the stored kind's */
  readonly group?: string;
  readonly version: string;
  readonly schema: string;
  readonly selectableFields?: NonNullable<ResourceDefinition['selectableFields']>;
}

/** The objects of a definition once more, in another version or under another group. Nothing is stored for it. */
export function defineVersion(stored: ResourceDefinition, options: VersionOptions): ResourceDefinition {
  const { toStored, fromStored, ...differences } = options;
  const { bootstrap: _objects, policy: _policy, ...same } = stored;
  return defineResource({ ...same, ...differences, conversion: { stored, toStored, fromStored } });
}

/** What a view of another kind is, beside the conversion. */
export type ViewOptions = Omit<VersionConversion, 'stored'> &
  Pick<
    ResourceDefinition,
    'group' | 'version' | 'kind' | 'plural' | 'shortNames' | 'schema' | 'selectableFields' | 'columns' | 'visibleBy' | 'verbs'
  >;

/** The objects of a definition once more, as another kind: a project is a namespace. It is no more than its options say. */
export function defineView(stored: ResourceDefinition, options: ViewOptions): ResourceDefinition {
  const { toStored, fromStored, validateCreate, validateUpdate, ...view } = options;
  const { namespaced, ownNamespace } = stored;
  return defineResource({
    namespaced,
    ...(ownNamespace === undefined ? {} : { ownNamespace }),
    ...view,
    conversion: {
      stored,
      toStored,
      fromStored,
      ...(validateCreate === undefined ? {} : { validateCreate }),
      ...(validateUpdate === undefined ? {} : { validateUpdate }),
    },
  });
}
