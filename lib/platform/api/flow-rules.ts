import type { PolicyRule } from './access-policy.ts';
import type { KubeObject } from './meta.ts';

/** How many requests of a level are answered at one time, and what becomes of the others (flowcontrol/v1 PriorityLevelConfigurationSpec). */
export interface PriorityLevel {
  readonly name: string;
  readonly uid: string;
  /** Its requests are never held back. */
  readonly exempt: boolean;
  /** Its part of all seats, against the sum of all levels' shares. */
  readonly shares: number;
  /** Percent of its own seats that others may use while it does not. */
  readonly lendablePercent: number;
  /** Percent of its own seats that it may use of others; undefined: as many as there are. */
  readonly borrowingLimitPercent?: number;
  /** Where requests wait that find no seat. Absent: they are refused. */
  readonly queuing?: Queuing;
}

export interface Queuing {
  readonly queues: number;
  /** Queues that a flow may be put into: the shortest of them is taken. */
  readonly handSize: number;
  /** Requests that one queue holds. */
  readonly queueLengthLimit: number;
}

/** Which requests belong to which level, and which of them make a flow (flowcontrol/v1 FlowSchemaSpec). */
export interface FlowRules {
  readonly name: string;
  readonly uid: string;
  /** Name of the priority level. */
  readonly level: string;
  /** The schema with the lowest number that fits decides; of equal numbers the first name. */
  readonly precedence: number;
  /** What tells flows of the schema apart. Absent: all its requests are one flow. */
  readonly distinguisher?: 'ByUser' | 'ByNamespace';
  readonly rules: readonly FlowRule[];
}

export interface FlowRule {
  readonly users: readonly string[];
  readonly groups: readonly string[];
  /** Namespaces of which every service account is meant. */
  readonly accountNamespaces: readonly string[];
  readonly resources: readonly FlowResourceRule[];
  readonly paths: readonly Pick<PolicyRule, 'verbs' | 'nonResourceURLs'>[];
}

export interface FlowResourceRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  /** `pods`, `pods/status`; `*` for all. */
  readonly resources: readonly string[];
  /** Requests outside of namespaces are meant too. */
  readonly clusterScope: boolean;
  /** `*` for all. */
  readonly namespaces: readonly string[];
}

/**
 * What an object of a kind says about the order in which requests are answered. The server reads every kind that has it. `mandatory`
 * are in force even where they are not stored.
 */
export type FlowSource = { readonly mandatory: readonly KubeObject[] } & (
  | { readonly holds: 'level'; level(object: KubeObject): PriorityLevel }
  | { readonly holds: 'rules'; rules(object: KubeObject): FlowRules }
);
