import { ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import type { StatusCause } from '../status-error.ts';
import { forbidden, immutable, invalid, notSupported, required } from '../validation/causes.ts';
import { dns1123Label } from '../validation/names.ts';
import { domainPrefixedPath, type TypedReference, validateTypedReference } from '../validation/references.ts';

const MAX_CONTROLLER = 250;

interface Parameters extends TypedReference {
  readonly scope?: string;
  readonly namespace?: string;
}

const validate = ({ spec = {} }: KubeObject): StatusCause[] => [
  ...domainPrefixedPath('spec.controller', spec.controller ?? '', MAX_CONTROLLER),
  ...(spec.parameters === undefined ? [] : validateParameters(spec.parameters, 'spec.parameters')),
];

function validateParameters(parameters: Parameters, path: string): StatusCause[] {
  const { scope, namespace } = parameters;
  const causes = validateTypedReference(parameters, path);
  if (scope === undefined) return [...causes, required(`${path}.scope`)];
  if (scope === 'Cluster')
    return namespace === undefined
      ? causes
      : [...causes, forbidden(`${path}.namespace`, "`parameters.scope` is set to 'Cluster'")];
  if (scope !== 'Namespace') return [...causes, notSupported(`${path}.scope`, scope, ['Cluster', 'Namespace'])];
  if (namespace === undefined) return [...causes, required(`${path}.namespace`, "`parameters.scope` is set to 'Namespace'")];
  return [...causes, ...dns1123Label(namespace).map((text) => invalid(`${path}.namespace`, namespace, text))];
}

function parametersText({ spec }: KubeObject): string {
  const { apiGroup, kind, name } = (spec?.parameters ?? {}) as Parameters;
  if (kind === undefined) return '<none>';
  return `${kind}${apiGroup ? `.${apiGroup}` : ''}/${name}`;
}

/** Ingresses of this class become routes (OpenShift: ingress operator). */
const openshiftDefault: KubeObject = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name: 'openshift-default' },
  spec: { controller: 'openshift.io/ingress-to-route' },
};

export const ingressClass = defineResource({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IngressClass',
  plural: 'ingressclasses',
  namespaced: false,
  schema: 'io.k8s.api.networking.v1.IngressClass',
  strategy: {
    generation: true,
    defaults: ({ spec }) => {
      if (spec?.parameters !== undefined) spec.parameters.scope ??= 'Cluster';
    },
    validate,
    validateUpdate: ({ spec }, old) => immutable('spec.controller', spec?.controller, old.spec?.controller),
  },
  bootstrap: { objects: [openshiftDefault] },
  columns: [
    nameColumn,
    column('Controller', (object) => object.spec?.controller ?? ''),
    column('Parameters', parametersText),
    ageColumn,
  ],
});
