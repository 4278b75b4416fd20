import type { KubeObject } from './meta.ts';

/** Quantities by the names that quotas use: `requests.cpu`, `services.nodeports`. */
export type QuotaAmounts = Readonly<Record<string, string>>;

/** One term of a quota's scopes (core/v1 ScopedResourceSelectorRequirement). */
export interface QuotaScopeTerm {
  readonly scopeName: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

/** What an object uses up of a quota beyond being one more of its kind. */
export interface QuotaUsage {
  amounts(object: KubeObject): QuotaAmounts;
  /** Whether the object is in a scope. @default in none */
  inScope?(object: KubeObject, term: QuotaScopeTerm): boolean;
  /** What the object must say for a quota with these names to count it, in Kubernetes' words. @default nothing is amiss */
  unspecified?(object: KubeObject, names: readonly string[]): string | undefined;
}
