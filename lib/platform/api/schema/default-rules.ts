import { clusterDefaults } from './defaults/cluster-defaults.ts';
import { coreDefaults } from './defaults/core-defaults.ts';
import { openshiftDefaults } from './defaults/openshift-defaults.ts';
import { podDefaults } from './defaults/pod-defaults.ts';
import type { Rule } from './defaults/rule.ts';
import { workloadDefaults } from './defaults/workload-defaults.ts';

/**
 * Kubernetes' SetDefaults functions as data: they are code there, so the Go types do not tell them. `+default` markers
 * of the tables have been applied before. Keys are OpenAPI names. Sources: pkg/apis/<group>/v1/defaults.go.
 */
export const defaultRules: ReadonlyMap<string, Rule> = new Map(
  Object.entries({ ...podDefaults, ...coreDefaults, ...workloadDefaults, ...openshiftDefaults, ...clusterDefaults }),
);
