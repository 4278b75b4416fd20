import type { KubeObject } from '../meta.ts';
import type { StrategyContext } from '../strategy.ts';
import type { TokenIssuer } from '../tokens.ts';

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
