import type { ResourceDefinition } from '../../../api/define-resource.ts';
import type { KubeObject } from '../../../api/meta.ts';
import { labelSelectorMatcher } from '../../../api/selectors/label-selector.ts';
import { groupVersionText, type ResourceTable } from '../../kinds/resource-table.ts';
import { formsOf } from '../../operations/custom-forms.ts';
import { fromStored, storedDefinition } from '../../operations/served-version.ts';
import type { StoredObject } from '../../store/stored-object.ts';
import { objectKey, resourcePrefix } from '../../store/storage-key.ts';
import type { AdmissionRequest } from '../admission-plugin.ts';
import type { ParamKind, ParamRef } from './policy-hooks.ts';

/** A binding that cannot be carried out as it is. */
export class ConfigurationError extends Error {}

/** What a policy is evaluated with, once with each; null where a policy or its binding has no parameters (policy/generic CollectParams). */
export async function collectParams(
  kind: ParamKind | undefined,
  ref: ParamRef | undefined,
  request: AdmissionRequest,
  table: ResourceTable,
): Promise<readonly (KubeObject | null)[]> {
  if (kind === undefined || ref === undefined) return [null];
  const served = kindsOf(table).get(`${kind.apiVersion}/${kind.kind}`);
  if (served === undefined) throw new ConfigurationError(`paramKind kind \`${kind.apiVersion}, Kind=${kind.kind}\` not known`);
  const found = await objectsOf(served, namespaceOf(served, ref, request), ref, request);
  if (found.length === 0 && ref.parameterNotFoundAction === 'Deny')
    throw new ConfigurationError('no params found for policy binding with `Deny` parameterNotFoundAction');
  return found;
}

/** Kinds by their names, anew whenever others are served. */
const known = new WeakMap<readonly ResourceDefinition[], ReadonlyMap<string, ResourceDefinition>>();

function kindsOf({ all }: ResourceTable): ReadonlyMap<string, ResourceDefinition> {
  let found = known.get(all);
  if (found === undefined) known.set(all, (found = new Map(all.map((each) => [`${groupVersionText(each)}/${each.kind}`, each]))));
  return found;
}

function namespaceOf({ namespaced }: ResourceDefinition, ref: ParamRef, request: AdmissionRequest): string | undefined {
  if (!namespaced) {
    if (ref.namespace) throw new ConfigurationError('paramRef.namespace must not be provided for a cluster-scoped `paramKind`');
    return undefined;
  }
  const namespace = ref.namespace || request.ref.namespace;
  if (!namespace)
    throw new ConfigurationError('cannot use namespaced paramRef in policy binding that matches cluster-scoped resources');
  return namespace;
}

async function objectsOf(
  served: ResourceDefinition,
  namespace: string | undefined,
  { name, selector }: ParamRef,
  { cache }: AdmissionRequest,
): Promise<KubeObject[]> {
  const stored = storedDefinition(served);
  const prefix = resourcePrefix(stored);
  const objects = cache.resource(prefix);
  const see = async (found: readonly StoredObject[]): Promise<KubeObject[]> =>
    (await formsOf({ cache }, stored, found)).map(({ object }) => fromStored(served, object));
  if (name) {
    const found = objects.get(objectKey(stored, namespace, name));
    return found === undefined ? [] : see([found]);
  }
  const matches = labelSelectorMatcher(selector);
  const all = [...objects.range(namespace === undefined ? prefix : `${prefix}${namespace}/`)];
  return see(all.filter(({ object }) => matches(object.metadata.labels)));
}
