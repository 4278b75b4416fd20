import type { AccessControl } from './access-policy.ts';
import type { Allocations } from './allocations.ts';
import type { KubeObject } from './meta.ts';
import type { StatusCause } from './status-error.ts';
import type { UserInfo, Verbs } from './verbs.ts';

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

/** `status`: the same object under a strategy that changes only `.status`. */
export interface StatusSubresource<T extends KubeObject = KubeObject> {
  /** `now`: RFC 3339, seconds. */
  prepareForUpdate?(object: T, old: T, now: string): void;
  validateUpdate?(object: T, old: T): StatusCause[];
}

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

/** OpenShift's ProjectRequestLimitConfig. Where a number is missing there is no limit. */
export interface ProjectLimits {
  /** The first counts whose selector fits the user's labels. */
  readonly byLabels: readonly {
    readonly selector?: Readonly<Record<string, string>> | undefined;
    readonly maxProjects?: number | undefined;
  }[];
  readonly forServiceAccounts?: number | undefined;
  /** Users that have no name to log in with: those of certificates of the platform's own. */
  readonly forSystemUsers?: number | undefined;
}

/** What the configuration says that kinds go by. */
export interface KindSettings {
  readonly projects: {
    /** What those are told who may not request a project. */
    readonly requestMessage: string;
    /** The template that requested projects are made from. @default a project with its requester as administrator */
    readonly requestTemplate?: { readonly namespace: string; readonly name: string } | undefined;
    /** How many projects a user may request. @default as many as they like */
    readonly limits?: ProjectLimits | undefined;
  };
  /** Below `domain` are the hosts of routes that name none. Names in `reservedHosts` are the platform's own, whatever the port. */
  readonly routes: { readonly domain: string; readonly reservedHosts: readonly string[] };
  /** Where pods have their addresses, how many bits of one are a node's own, and whether projects are kept apart. */
  readonly network: { readonly clusterCIDR: string; readonly hostSubnetLength: number; readonly isolateProjects: boolean };
}
