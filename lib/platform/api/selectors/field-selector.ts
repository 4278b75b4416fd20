import type { ResourceDefinition } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import { newBadRequest } from '../status-error.ts';

/** A parsed field selector. */
export interface FieldSelector {
  matches(object: KubeObject): boolean;
  /** The value that `field` must have by an `=` term, e.g. to turn metadata.name into a get. */
  required(field: string): string | undefined;
}

interface Term {
  readonly field: string;
  readonly equal: boolean;
  readonly value: string;
}

/**
 * Parses `a=b,c!=d` for a kind: metadata.name, metadata.namespace and its selectableFields. Throws a StatusError
 * (BadRequest): `field label not supported: spec.foo`.
 */
export function parseFieldSelector(text: string, definition: ResourceDefinition): FieldSelector {
  const terms = splitTerms(text).map((part) => parseTerm(part, text));
  const checks = terms.map((term) => ({ ...term, read: reader(term.field, definition) }));
  return {
    matches: (object) => checks.every(({ read, value, equal }) => (read(object) === value) === equal),
    required: (field) => terms.find((term) => term.field === field && term.equal)?.value,
  };
}

function reader(field: string, definition: ResourceDefinition): (object: KubeObject) => string {
  if (field === 'metadata.name') return (object) => object.metadata.name ?? '';
  if (field === 'metadata.namespace' && definition.namespaced) return (object) => object.metadata.namespace ?? '';
  const own = definition.selectableFields;
  if (own !== undefined && Object.hasOwn(own, field)) return own[field]!;
  throw newBadRequest(
    own === undefined
      ? `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`
      : `field label not supported: ${field}`,
  );
}

/** At commas, unless a backslash stands before. Empty terms mean nothing. */
function splitTerms(text: string): string[] {
  return [...text.matchAll(/(?:\\.|[^,\\]|\\$)+/gs)].map(([part]) => part);
}

function parseTerm(part: string, whole: string): Term {
  const term = /^((?:\\.|[^=!\\]|!(?!=))*)(==|!=|=)(.*)$/s.exec(part);
  if (term === null) throw newBadRequest(`invalid selector: '${whole}'; can't understand '${part}'`);
  const [, field, operator, value] = term as unknown as [string, string, string, string];
  return { field, equal: operator !== '!=', value: unescape(value) };
}

function unescape(value: string): string {
  const bad = /\\(?![\\,=])(.?)/.exec(value.replaceAll(/\\[\\,=]/g, ''));
  if (bad !== null) throw newBadRequest(`invalid field selector: invalid escape sequence: \\${bad[1]}`);
  const bare = /[,=]/.exec(value.replaceAll(/\\[\\,=]/g, ''));
  if (bare !== null) throw newBadRequest(`invalid field selector: unescaped character in value: ${bare[0]}`);
  return value.replaceAll(/\\([\\,=])/g, '$1');
}
