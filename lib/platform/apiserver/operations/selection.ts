import type { ResourceDefinition } from '../../api/define-resource.ts';
import { parseFieldSelector } from '../../api/selectors/field-selector.ts';
import { parseLabelSelector } from '../../api/selectors/label-selector.ts';
import type { ListOptions } from '../../api/verbs.ts';
import type { StoredObject } from '../store/stored-object.ts';

/** What a list or a watch is about, within a resource. */
export interface Selection {
  /** Undefined when everything matches. */
  readonly matches: ((object: StoredObject) => boolean) | undefined;
  /** The one name that can match, when a field selector names it. */
  readonly name: string | undefined;
}

/** Throws BadRequest for a selector that makes no sense. */
export function selectionOf(
  definition: ResourceDefinition,
  options: Pick<ListOptions, 'labelSelector' | 'fieldSelector'>,
): Selection {
  const labels = options.labelSelector ? parseLabelSelector(options.labelSelector) : undefined;
  const fields = options.fieldSelector ? parseFieldSelector(options.fieldSelector, definition) : undefined;
  if (labels === undefined && fields === undefined) return { matches: undefined, name: undefined };
  return {
    matches: ({ object }) =>
      (labels === undefined || labels(object.metadata.labels)) && (fields === undefined || fields.matches(object)),
    name: fields?.required('metadata.name'),
  };
}
