import type { ResourceDefinition } from '../define-resource.ts';
import { defineView, type ViewOptions } from '../define-version.ts';
import { AUTHORIZATION, schemaOf } from './authorization-group.ts';

/** Roles and bindings as OpenShift 3 had them before they were RBAC's: the same objects under the same names. */
export const rbacView = (
  stored: ResourceDefinition,
  options: Pick<ViewOptions, 'toStored' | 'fromStored' | 'columns'>,
): ResourceDefinition =>
  defineView(stored, { ...AUTHORIZATION, kind: stored.kind, plural: stored.plural, schema: schemaOf(stored.kind), ...options });
