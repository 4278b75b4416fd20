import type { AccessQuestion, PolicySource } from './access-policy.ts';
import type { Column } from './columns.ts';
import type { CustomKind } from './custom-kind.ts';
import type { VersionConversion } from './define-version.ts';
import type { FlowSource } from './flow-rules.ts';
import type { KubeObject } from './meta.ts';
import type { QuotaUsage } from './quota-usage.ts';
import type { KindSettings, StatusSubresource, Strategy, StrategyContext } from './strategy.ts';
import type { ScaleSubresource, Subresource } from './subresources/subresource.ts';
import type { VirtualResource } from './virtual-resource.ts';

/** A kind, whole. Discovery, OpenAPI, tables, watch, CRUD, patch and validation all derive from it. */
export interface ResourceDefinition<T extends KubeObject = KubeObject> {
  /** `''` is the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  /** @default lower-cased kind */
  readonly singular?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly namespaced: boolean;
  /** An object of it is the namespace of its name: who may do something within that, may do it to the object. @default false */
  readonly ownNamespace?: boolean;
  /**
   * Present: a list or a watch shows those objects about which this question, asked with the namespace and the name of each, is answered with
   * yes, and no others. Watches follow changes of rights.
   */
  readonly visibleBy?: AccessQuestion;
  /** @default the kind with `List` behind it */
  readonly listKind?: string;
  /** Name in the generated tables, e.g. `io.k8s.api.core.v1.Pod`; of a kind that no table has, its name in OpenAPI. */
  readonly schema: string;
  /** Present: no table has the kind. */
  readonly custom?: CustomKind;
  /** Present: its objects make kinds, which are served while they are there. */
  readonly defines?: KindSource<T>;
  /** Present: there are no new objects of it, for this reason. `verbs` has no `create` then. */
  readonly closed?: string;
  /** Only for the platform's own eyes: neither served nor told of. */
  readonly hidden?: boolean;
  readonly strategy?: Strategy<T>;
  readonly status?: StatusSubresource<T> | true;
  readonly scale?: ScaleSubresource;
  readonly subresources?: Readonly<Record<string, Subresource>>;
  /** Field selectors beyond metadata.name and metadata.namespace. They and the columns look at objects as they are stored. */
  readonly selectableFields?: Readonly<Record<string, (object: T) => string>>;
  readonly columns?: readonly Column<T>[];
  /** Its objects are for their readers alone: they are encrypted in the store where there is a key, and in no audit log. @default false */
  readonly confidential?: boolean;
  /** Present: its objects say who may do what, and are in force once their writes are answered. */
  readonly policy?: PolicySource;
  /** Present: its objects say in which order requests are answered. */
  readonly flow?: FlowSource;
  /** Its objects decide what may be written: they are in force once their writes are answered, and nothing keeps anybody from mending them. @default false */
  readonly decides?: boolean;
  readonly bootstrap?: Bootstrap;
  /** What its objects use of quotas. @default each is one of its kind */
  readonly quota?: QuotaUsage;
  /** Present: the objects are another definition's; see defineVersion. */
  readonly conversion?: VersionConversion;
  /** The object that a name stands for which is nobody's: `users/~` is whoever asks. Undefined: the name means itself. */
  readonly alias?: (name: string, context: StrategyContext) => Promise<KubeObject> | undefined;
  /** Present: nothing is stored; `verbs` says what can be asked. */
  readonly virtual?: VirtualResource;
  /** What those are told who may not create one. @default which right they lack */
  readonly refusal?: (settings: KindSettings) => string;
  /** Another server may serve the group version in its place, where an APIService says so. @default false */
  readonly replaceable?: boolean;
  /** Whoever uses it is warned with this text. */
  readonly deprecated?: string;
  /** @default all of them */
  readonly verbs?: readonly ('get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection')[];
}

/** Objects of a kind that are always there. */
export interface Bootstrap {
  /** Made at the start where they are absent. */
  readonly objects: readonly KubeObject[];
  /** What to write over one that is there already; 'recreate' when it cannot become the wanted one. @default it stays as it is */
  reconcile?(found: KubeObject, wanted: KubeObject): KubeObject | 'recreate' | undefined;
}

/** How objects make kinds. */
export interface KindSource<T extends KubeObject = KubeObject> {
  /** What the kinds are made from: as long as it says the same, they are the same. */
  facts(object: T): unknown;
  kinds(object: T): readonly ResourceDefinition[];
}

/** Checks the definition's own shape and returns it. See docs/adding-a-kind.md. */
export function defineResource<T extends KubeObject = KubeObject>(definition: ResourceDefinition<T>): ResourceDefinition {
  if (!/^[a-z][a-z0-9]*$/.test(definition.plural))
    throw new TypeError(`plural ${JSON.stringify(definition.plural)} must be lower case`);
  if (!/^[A-Z][A-Za-z0-9]*$/.test(definition.kind))
    throw new TypeError(`kind ${JSON.stringify(definition.kind)} must be CamelCase`);
  return definition as unknown as ResourceDefinition;
}
