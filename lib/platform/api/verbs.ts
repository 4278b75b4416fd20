/**
 * The verbs of the API as calls: what the API server offers to code in its own process, and what the Client speaks.
 * HTTP is one carrier of it, a direct call another; nobody can tell which one is used.
 */
import type { KubeList, KubeObject, WatchEvent } from './meta.ts';

/** Which kind, in which version, as paths name it. `resource`: the plural, in lower case. */
export interface GroupVersionResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

/** What a request is about. `name` is absent for collections; `namespace` for cluster-scoped kinds and all-namespace lists. */
export interface ResourceRef {
  readonly group: string;
  readonly version: string;
  /** Plural, lower case: `pods`. */
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
}

/** The selectors are for APIs of metrics, where one object's name stands for many (`*`). */
export interface GetOptions {
  readonly resourceVersion?: string;
  readonly labelSelector?: string;
  readonly metricLabelSelector?: string;
}

export interface ListOptions {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: 'NotOlderThan' | 'Exact';
}

export interface WatchOptions extends ListOptions {
  readonly allowWatchBookmarks?: boolean;
  readonly sendInitialEvents?: boolean;
  readonly timeoutSeconds?: number;
  /** Ends the watch; the iterator then completes without an error. */
  readonly signal?: AbortSignal;
}

export interface WriteOptions {
  readonly dryRun?: boolean;
  /** Owner of what is written. @default the client's user agent, up to the first slash */
  readonly fieldManager?: string;
  /** Of server-side apply: take fields from their owners. */
  readonly force?: boolean;
  /** @default 'Warn' for remote requests, 'Strict' for calls in process */
  readonly fieldValidation?: 'Ignore' | 'Warn' | 'Strict';
}

export type PatchType =
  | 'application/json-patch+json'
  | 'application/merge-patch+json'
  | 'application/strategic-merge-patch+json'
  | 'application/apply-patch+yaml';

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  readonly preconditions?: { uid?: string; resourceVersion?: string };
  readonly dryRun?: boolean;
}

/** Every method rejects with a StatusError (status-error.ts). Returned objects are frozen: copy before changing. */
export interface Verbs {
  get<T extends KubeObject = KubeObject>(ref: ResourceRef, options?: GetOptions): Promise<T>;
  list<T extends KubeObject = KubeObject>(ref: ResourceRef, options?: ListOptions): Promise<KubeList<T>>;
  /** Ends when the server ends it; an expired resourceVersion arrives as an ERROR event or rejects with 410. */
  watch<T extends KubeObject = KubeObject>(ref: ResourceRef, options?: WatchOptions): AsyncIterable<WatchEvent<T>>;
  create<T extends KubeObject = KubeObject>(ref: ResourceRef, object: KubeObject, options?: WriteOptions): Promise<T>;
  update<T extends KubeObject = KubeObject>(ref: ResourceRef, object: KubeObject, options?: WriteOptions): Promise<T>;
  patch<T extends KubeObject = KubeObject>(ref: ResourceRef, type: PatchType, body: unknown, options?: WriteOptions): Promise<T>;
  /** The object as last seen, or the Status of its deletion. */
  delete(ref: ResourceRef, options?: DeleteOptions): Promise<KubeObject>;
  deleteCollection(ref: ResourceRef, options?: DeleteOptions & ListOptions): Promise<KubeList>;
}

/** Who asks. Authentication makes it, authorization and admission read it. */
export interface UserInfo {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}
