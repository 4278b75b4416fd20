import { type CustomResourceDefinition, isTrue } from '../../api/apiextensions/definition-types.ts';
import type { KubeObject } from '../../api/meta.ts';
import type { KindInfo } from '../kind-info.ts';

/** The kind that a definition makes, in the version its objects are stored in; none before its names were accepted. */
export function definedKindInfo(object: KubeObject): KindInfo[] {
  const { spec, status } = object as CustomResourceDefinition;
  const version = spec.versions?.find(({ storage }) => storage === true)?.name;
  const { plural, kind } = status?.acceptedNames ?? {};
  if (!isTrue(object as CustomResourceDefinition, 'Established') || !version || !plural || !kind) return [];
  return [{ group: spec.group ?? '', version, resource: plural, kind, namespaced: spec.scope === 'Namespaced' }];
}
