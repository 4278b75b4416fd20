import type { KubeObject } from '../../lib/platform/api/meta.ts';

/** What of a definition a test says. */
export interface DefinitionParts {
  readonly group?: string;
  readonly plural?: string;
  readonly kind?: string;
  readonly scope?: 'Namespaced' | 'Cluster';
  readonly names?: object;
  /** Laid over the one version `v1`. */
  readonly version?: object;
  readonly versions?: readonly object[];
  readonly spec?: object;
  readonly metadata?: object;
}

/** `spec` of the objects, its fields as a test needs them. */
export const specSchema = (properties: object, more: object = {}): object => ({
  openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties, ...more } } },
});

const ANYTHING = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };

/** A definition of custom resources: `widgets.example.com` with one version and no opinion about their content, but for what is said. */
export function customResourceDefinition(parts: DefinitionParts = {}): KubeObject {
  const { group = 'example.com', plural = 'widgets', kind = 'Widget', scope = 'Namespaced' } = parts;
  const version = { name: 'v1', served: true, storage: true, schema: ANYTHING, ...parts.version };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, ...parts.metadata },
    spec: { group, scope, names: { plural, kind, ...parts.names }, versions: parts.versions ?? [version], ...parts.spec },
  };
}
