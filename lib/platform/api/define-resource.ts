import type { AccessControl, PolicySource } from './access-policy.ts';
import type { CustomKind } from './custom-kind.ts';
import type { FlowSource } from './flow-rules.ts';
import type { RemoteImages } from './image/remote-images.ts';
import type { KubeObject, Json } from './meta.ts';
import type { UsageSource } from './metrics/usage-source.ts';
import type { PodStreams } from './pod-streams.ts';
import type { QuotaUsage } from './quota-usage.ts';
import type { StatusCause } from './status-error.ts';
import type { DeleteOptions, GroupVersionResource, UserInfo, Verbs } from './verbs.ts';

/** What a strategy may ask of the server while it prepares a write. */
export interface StrategyContext {
  readonly user: UserInfo;
  /** RFC 3339, seconds: the time of this request. */
  readonly now: string;
  /** Reads and writes as the server itself. */
  readonly verbs: Verbs;
  /** True when nothing may be claimed or changed. */
  readonly dryRun: boolean;
  /** Values that only one object may hold at a time (cluster IPs, node ports), kept in the store. */
  readonly allocations: Allocations;
  /** Who may do what. */
  readonly access: AccessControl;
  readonly settings: KindSettings;
}

/**
 * Unique values out of a pool. The store's compare-and-swap makes them unique, so several API servers may allocate. They
 * belong to the write that is being prepared: when it fails, its claims go back; what it releases goes once it has succeeded.
 * In a dry run nothing is claimed, but the answers are the same.
 */
export interface Allocations {
  /** What the cluster was configured with for this pool, e.g. `172.30.0.0/16` or `30000-32767`. */
  range(pool: 'clusterIPs' | 'nodePorts'): string;
  /** Claims exactly this value; false when another object holds it. */
  claim(pool: 'clusterIPs' | 'nodePorts', value: string): Promise<boolean>;
  /** Claims any free value; rejects with a StatusError when the pool is used up. */
  claimNext(pool: 'clusterIPs' | 'nodePorts'): Promise<string>;
  release(pool: 'clusterIPs' | 'nodePorts', value: string): Promise<void>;
}

/**
 * A kind's own rules (Kubernetes: registry/rest create and update strategies). The generic server has already
 * checked field types, applied the tables' defaults and filled the metadata; objects given here may be changed in place.
 */
export interface Strategy<T extends KubeObject = KubeObject> {
  /** Clears what clients may not set (status) and fills what the server decides. */
  prepareForCreate?(object: T, context: StrategyContext): Promise<void> | void;
  /** `old` is frozen. Runs for the main resource; status has been put back to the old one already. */
  prepareForUpdate?(object: T, old: T, context: StrategyContext): Promise<void> | void;
  /** Defaults that depend on other fields; the tables hold the plain ones. */
  defaults?(object: T): void;
  /** Runs for every create, before `validate`. */
  validateCreate?(object: T): StatusCause[];
  /** Runs for every create and every update of the main resource. */
  validate?(object: T): StatusCause[];
  /** What is fine but may not do what its writer thinks; shown to the client with the answer. `old`: what is replaced. */
  warnings?(object: T, old?: T): string[];
  /** What an update may not change. Runs after `validate`. */
  validateUpdate?(object: T, old: T): StatusCause[];
  /** Seconds of grace for a delete, as a pod has them; 0 or absent: gone at once when no finalizer holds it. */
  deletionGracePeriod?(object: T, requested: number | undefined): number;
  /** Runs in the write that sets deletionTimestamp, on the object about to be stored (namespaces go to phase Terminating). */
  prepareForDelete?(object: T, context: StrategyContext): void;
  /** Finalizers outside of metadata (namespaces: spec.finalizers): while true, a deleted object stays. Asked after every write too. */
  isHeld?(object: T): boolean;
  /** After an update is committed: give back what the new object no longer holds. */
  afterUpdate?(object: T, old: T, context: StrategyContext): Promise<void>;
  /** After the object has left the store: give back what was claimed for it. */
  afterDelete?(object: T, context: StrategyContext): Promise<void>;
  /** Creates through PUT on a name that does not exist (events, leases). @default false */
  allowCreateOnUpdate?: boolean;
  /** Updates without a resourceVersion overwrite. @default true */
  allowUnconditionalUpdate?: boolean;
  /** How names are checked. @default 'subdomain' */
  nameFormat?: 'subdomain' | 'label' | 'label1035' | 'path';
  /** Seconds after the last write when the server removes the object by itself (events: 3600). @default kept */
  timeToLive?: number;
  /** Whether metadata.generation counts the changes of what is wanted. @default true for kinds with a spec and a status */
  generation?: boolean;
  /** What counts as a change of what is wanted. @default everything beside metadata and status */
  generationCounts?(object: T): object;
  /** Finalizers the server adds at creation (namespaces: `kubernetes` in spec.finalizers are the kind's own matter). */
  finalizers?: readonly string[];
}

/** A column of `kubectl get` (meta/v1 TableColumnDefinition) and how to fill its cell. `priority` 1 shows with -o wide. */
export interface Column<T extends KubeObject = KubeObject> {
  readonly name: string;
  readonly type?: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format?: string;
  readonly description?: string;
  readonly priority?: 0 | 1;
  /** `now` in ms, for ages. */
  readonly cell: (object: T, now: number) => Json;
}

/** `status`: the same object under a strategy that changes only `.status`. */
export interface StatusSubresource<T extends KubeObject = KubeObject> {
  /** `now`: RFC 3339, seconds. */
  prepareForUpdate?(object: T, old: T, now: string): void;
  validateUpdate?(object: T, old: T): StatusCause[];
}

/** `scale`: where autoscaling/v1 Scale reads and writes, as paths into the object. */
export interface ScaleSubresource {
  readonly specReplicasPath: readonly string[];
  readonly statusReplicasPath: readonly string[];
  /** The selector in its string form. */
  readonly selector: (object: KubeObject) => string;
  /** Present: the Scale is the one of extensions/v1beta1, which shows the selector as a map too. */
  readonly selectorMap?: (object: KubeObject) => Readonly<Record<string, string>> | undefined;
}

/** A subresource that is POSTed to and does one thing: `pods/binding`, `pods/eviction`, `serviceaccounts/token`. */
export interface ActionSubresource {
  readonly kind: 'action';
  /** The kind of the body, as group, version and kind. */
  readonly body: { readonly group: string; readonly version: string; readonly kind: string; readonly schema: string };
  /** Body and answer are for their readers alone: no audit policy brings them into the log. @default false */
  readonly confidential?: boolean;
  /** The answer is encoded as it is, with code 201. `parent` is frozen. */
  run(parent: KubeObject, body: KubeObject, context: ActionContext): Promise<KubeObject>;
}

/** What an action may do beyond a strategy. */
export interface ActionContext extends StrategyContext {
  readonly issueToken: TokenIssuer;
  /**
   * Changes the parent in the store by compare-and-swap: `change` gets a fresh copy, again after each lost race, and may
   * throw a StatusError to stop. No strategy or validation runs. With dryRun nothing is stored.
   */
  readonly updateParent: (change: (object: KubeObject) => void) => Promise<KubeObject>;
}

/** What is asked of an authorizer (authorization.k8s.io/v1 ResourceAttributes and NonResourceAttributes). */
export interface AccessQuestion {
  readonly verb: string;
  readonly group?: string;
  readonly version?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** For requests that are about no resource, e.g. `/healthz`. */
  readonly path?: string;
}

export interface AccessAnswer {
  readonly allowed: boolean;
  readonly denied?: boolean;
  readonly reason?: string;
}

/**
 * A kind that is never stored: POSTed and answered (access reviews, `bindings`), made up for who reads it (component statuses), or a
 * part of another kind's objects under names of its own (image stream tags).
 */
export interface VirtualResource {
  /** All there are; of one namespace, where one is asked about. Selectors follow from it. */
  list?(context: StrategyContext & { readonly namespace: string; readonly usage: UsageSource }): Promise<KubeObject[]>;
  /** One by its name; throws NotFound. @default what `list` has by that name */
  get?(name: string, context: PartContext): Promise<KubeObject>;
  /** Who may POST one depends on what it says: `create` judges that, and everybody who is known is let to it. @default false */
  readonly judgesAccess?: boolean;
  /** What a GET of all of them is answered with, encoded as it is, where that is no list. */
  answer?(context: VirtualContext): Promise<KubeObject>;
  /** `body` has been checked and defaulted like any object; the answer is encoded as it is, with code 201. */
  create?(body: KubeObject, context: VirtualContext): Promise<KubeObject>;
  /** PUT: makes what is there say what `body` says, and may make it. Patches read with `get` and come here too. */
  update?(body: KubeObject, context: PartContext): Promise<{ readonly object: KubeObject; readonly created: boolean }>;
  /** Takes it away; throws NotFound. */
  remove?(name: string, options: DeleteOptions, context: PartContext): Promise<KubeObject>;
}

/** What a part of other objects may ask while it is read or written. */
export interface PartContext extends StrategyContext {
  /** Namespace of the request; '' for a cluster-scoped kind. */
  readonly namespace: string;
}

/** What a kind that is asked may ask itself. */
export interface VirtualContext extends PartContext {
  readonly authenticate: TokenAuthenticator;
  /** Registries elsewhere. */
  readonly remoteImages: RemoteImages;
  /** Where objects of a kind are; undefined for one that is not served. */
  readonly kindOf: (apiVersion: string, kind: string) => (GroupVersionResource & { readonly namespaced: boolean }) | undefined;
}

/** What the configuration says that kinds go by. */
export interface KindSettings {
  readonly projects: {
    /** What those are told who may not request a project. */
    readonly requestMessage: string;
    /** The template that requested projects are made from. @default a project with its requester as administrator */
    readonly requestTemplate?: { readonly namespace: string; readonly name: string } | undefined;
  };
  /** Below `domain` are the hosts of routes that name none. */
  readonly routes: { readonly domain: string };
}

/** A subresource that is read: `imagestreams/secrets`. */
export interface ReadSubresource {
  readonly kind: 'read';
  /** The kind of the answer; lists have `List` at the end. */
  readonly answer: { readonly group: string; readonly version: string; readonly kind: string; readonly schema: string };
  /** `parent` is frozen. */
  read(parent: KubeObject, context: PartContext): Promise<KubeObject>;
}

/** Whom a bearer token is, when one of the audiences is meant by it; no audiences: the API server itself. Undefined: nobody. */
export type TokenAuthenticator = (
  token: string,
  audiences: readonly string[],
) => Promise<{ readonly user: UserInfo; readonly audiences: readonly string[] } | undefined>;

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

/** Another PUT on the whole object with rules of its own: `namespaces/finalize`. */
export interface ReplaceSubresource<T extends KubeObject = KubeObject> {
  readonly kind: 'replace';
  /** Puts back what may not be changed this way. `now`: RFC 3339, seconds. */
  prepareForUpdate(object: T, old: T, now: string): void;
  validateUpdate?(object: T, old: T): StatusCause[];
}

/** A subresource that the object's node answers: log, exec, attach, portforward. The server pipes bytes and knows no more. */
export interface NodeSubresource {
  readonly kind: 'node';
  readonly verbs: readonly ('get' | 'create')[];
  /** Which node, and what to ask of it. Throws a StatusError (BadRequest) when the object is not there yet. */
  target(object: KubeObject, query: URLSearchParams): { readonly nodeName: string; readonly path: string };
  /** What is asked for as an object, for admission to judge (operation CONNECT). @default admission is not asked */
  options?(query: URLSearchParams): KubeObject;
}

/**
 * Behind it somebody else's HTTP server answers, whatever it is asked: `pods/proxy`. The name in the path may be `NAME`, `NAME:PORT` or
 * `SCHEME:NAME:PORT`.
 */
export interface ProxySubresource {
  readonly kind: 'proxy';
  /** Who answers. `port` as in the path, '' where it names none. Throws a StatusError. */
  target(object: KubeObject, port: string, scheme: 'http' | 'https'): ProxyPeer;
}

/** An address; a port of a service, by its number; or a node's own server, which is asked as the API server. */
export type ProxyPeer =
  | { readonly host: string; readonly port: number }
  | { readonly service: { readonly namespace: string; readonly name: string; readonly port: number } }
  | { readonly node: string };

/**
 * A subresource that reads and writes bytes by itself: an upload, a log put together of several, a call from elsewhere that is about the
 * object.
 */
export interface StreamSubresource {
  readonly kind: 'stream';
  readonly verbs: readonly ('get' | 'create')[];
  /** What discovery calls its kind. */
  readonly shows: string;
  /** Answers for names that are nobody's too. @default those are 404 */
  readonly absent?: boolean;
  /** The path may go on behind it (`rest`). @default that is 404 */
  readonly deeper?: boolean;
  /** What is behind it in the path and in the body is in no log. @default false */
  readonly confidential?: boolean;
  /** Throws a StatusError before its answer has begun. */
  answer(request: StreamRequest, context: StreamContext): Promise<StreamAnswer>;
}

export interface StreamRequest {
  /** The object, frozen; undefined only with `absent`. */
  readonly parent: KubeObject | undefined;
  readonly namespace: string;
  readonly name: string;
  /** What comes behind the subresource in the path. */
  readonly rest: readonly string[];
  readonly query: URLSearchParams;
  /** One header, by its name in lower case; '' when it is not there. */
  header(name: string): string;
  /** As it comes; whoever stops reading leaves the rest to be thrown away. Small ones have been read before, within the limit of objects. */
  readonly body: AsyncIterable<Uint8Array>;
  /** The client is gone. */
  readonly signal: AbortSignal;
}

/** `body`: text, as it comes; an error in the middle cuts the connection. */
export type StreamAnswer =
  { readonly code: number; readonly object: object } | { readonly code: number; readonly body: AsyncIterable<Uint8Array> };

export interface StreamContext extends StrategyContext {
  readonly pods: PodStreams;
  /** Milliseconds since the epoch. */
  readonly clock: { now(): number };
}

export type Subresource =
  ActionSubresource | ReadSubresource | ReplaceSubresource | NodeSubresource | ProxySubresource | StreamSubresource;

/** Signs service-account tokens (authentication.k8s.io/v1 TokenRequest). */
export type TokenIssuer = (claims: {
  namespace: string;
  account: { name: string; uid: string };
  audiences: readonly string[];
  expirationSeconds: number;
  bound: TokenBinding;
}) => Promise<{ token: string; expirationTimestamp: string }>;

/** What a token dies with. The node beside a pod is where that runs, and no more. */
export interface TokenBinding {
  readonly pod?: { name: string; uid: string };
  readonly secret?: { name: string; uid: string };
  readonly node?: { name: string; uid: string };
}

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

/** Checks the definition's own shape and returns it. See docs/adding-a-kind.md. */
export function defineResource<T extends KubeObject = KubeObject>(definition: ResourceDefinition<T>): ResourceDefinition {
  if (!/^[a-z][a-z0-9]*$/.test(definition.plural))
    throw new TypeError(`plural ${JSON.stringify(definition.plural)} must be lower case`);
  if (!/^[A-Z][A-Za-z0-9]*$/.test(definition.kind))
    throw new TypeError(`kind ${JSON.stringify(definition.kind)} must be CamelCase`);
  return definition as unknown as ResourceDefinition;
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
