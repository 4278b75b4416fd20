import { type CustomResourceDefinition, isTrue } from '../api/apiextensions/definition-types.ts';
import type { ResourceDefinition } from '../api/define-resource.ts';
import { type KindTypes, type TypedKind, typeCheckPolicy } from '../api/expressions/policy-type-check.ts';
import { declaredType } from '../api/expressions/schema-rules/declared-type.ts';
import { tableType } from '../api/expressions/table-types.ts';
import type { KubeObject } from '../api/meta.ts';
import { defineController, type ControllerDefinition } from './define-controller.ts';
import { ADMISSION_POLICIES, CUSTOM_RESOURCE_DEFINITIONS, refTo } from './resources.ts';

const METADATA = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/** Tells in the status of each policy where its expressions do not fit the kinds that it is about (pkg/controller/validatingadmissionpolicystatus). */
export const admissionPolicyStatusController = (resources: readonly ResourceDefinition[]): ControllerDefinition =>
  defineController({
    name: 'validating-admission-policy-status-controller',
    for: ADMISSION_POLICIES,
    watches: [{ of: CUSTOM_RESOURCE_DEFINITIONS, map: () => [] }],
    async reconcile(name, { client, lister }) {
      const policy = lister(ADMISSION_POLICIES).byKey(name);
      if (policy === undefined) return;
      const { generation = 1 } = policy.metadata;
      const { status = {}, spec = {} } = policy;
      if (status.observedGeneration === generation) return;
      const warnings = typeCheckPolicy(spec, kindTypes(resources, lister(CUSTOM_RESOURCE_DEFINITIONS).list()));
      const typeChecking = warnings.length === 0 ? {} : { expressionWarnings: warnings };
      await client.update(refTo(ADMISSION_POLICIES, policy, 'status'), {
        ...policy,
        status: { ...status, observedGeneration: generation, typeChecking },
      });
    },
  });

/** Kinds of the tables, and those that definitions make. */
function kindTypes(resources: readonly ResourceDefinition[], definitions: readonly KubeObject[]): KindTypes {
  const builtIn = (definition: ResourceDefinition | undefined): TypedKind | undefined => {
    if (definition === undefined) return undefined;
    const { group, version, kind, schema } = definition;
    return { group, version, kind, type: tableType(schema) };
  };
  const defined = (is: (definition: CustomResourceDefinition, version: string) => boolean): TypedKind | undefined => {
    for (const definition of definitions as readonly CustomResourceDefinition[])
      for (const { name = '', schema } of definition.spec.versions ?? []) {
        if (!is(definition, name) || !isTrue(definition, 'Established')) continue;
        const type = declaredType(schema?.openAPIV3Schema ?? {}, true);
        if (type?.kind !== 'object') return undefined;
        const metadata = { type: tableType(METADATA) };
        const whole = { ...type, field: (field: string) => (field === 'metadata' ? metadata : type.field(field)) };
        return { group: definition.spec.group ?? '', version: name, kind: definition.spec.names?.kind ?? '', type: whole };
      }
    return undefined;
  };
  return {
    byResource: (group, version, resource) =>
      builtIn(resources.find((each) => each.group === group && each.version === version && each.plural === resource)) ??
      defined(({ spec }, name) => spec.group === group && name === version && spec.names?.plural === resource),
    byKind: (apiVersion, kind) =>
      builtIn(
        resources.find(
          (each) => each.kind === kind && (each.group === '' ? each.version : `${each.group}/${each.version}`) === apiVersion,
        ),
      ) ?? defined(({ spec }, name) => `${spec.group}/${name}` === apiVersion && spec.names?.kind === kind),
  };
}
