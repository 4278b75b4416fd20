import type { KubeObject } from '../meta.ts';
import type { StatusCause } from '../status-error.ts';
import type { PartContext } from '../virtual-resource.ts';
import type { ActionSubresource } from './action-subresource.ts';
import type { NodeSubresource, ProxySubresource } from './connect-subresource.ts';
import type { StreamSubresource } from './stream-subresource.ts';

/** What may stand behind an object's name in the path, beside `status` and `scale`. */
export type Subresource =
  ActionSubresource | ReadSubresource | ReplaceSubresource | NodeSubresource | ProxySubresource | StreamSubresource;

/** `scale`: where autoscaling/v1 Scale reads and writes, as paths into the object. */
export interface ScaleSubresource {
  readonly specReplicasPath: readonly string[];
  readonly statusReplicasPath: readonly string[];
  /** The selector in its string form. */
  readonly selector: (object: KubeObject) => string;
  /** Present: the Scale is the one of extensions/v1beta1, which shows the selector as a map too. */
  readonly selectorMap?: (object: KubeObject) => Readonly<Record<string, string>> | undefined;
}

/** A subresource that is read: `imagestreams/secrets`. */
export interface ReadSubresource {
  readonly kind: 'read';
  /** The kind of the answer; lists have `List` at the end. */
  readonly answer: { readonly group: string; readonly version: string; readonly kind: string; readonly schema: string };
  /** `parent` is frozen. */
  read(parent: KubeObject, context: PartContext): Promise<KubeObject>;
}

/** Another PUT on the whole object with rules of its own: `namespaces/finalize`. */
export interface ReplaceSubresource<T extends KubeObject = KubeObject> {
  readonly kind: 'replace';
  /** Puts back what may not be changed this way. `now`: RFC 3339, seconds. */
  prepareForUpdate(object: T, old: T, now: string): void;
  validateUpdate?(object: T, old: T): StatusCause[];
}
