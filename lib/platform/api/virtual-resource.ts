import type { RemoteImages } from './image/remote-images.ts';
import type { KubeObject } from './meta.ts';
import type { UsageSource } from './metrics/usage-source.ts';
import type { StrategyContext } from './strategy.ts';
import type { TokenAuthenticator } from './tokens.ts';
import type { DeleteOptions, GroupVersionResource } from './verbs.ts';

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
