import { newApplyConflict, type StatusCause, type StatusError } from '../../api/status-error.ts';
import { paths } from '../structured-merge/field-set.ts';
import { pathText } from '../structured-merge/path-element.ts';
import type { Conflict } from '../structured-merge/updater.ts';
import { compareTexts, type Manager } from './entries.ts';

/** Fields of one manager that an application would take. */
export interface ManagerConflict extends Conflict {
  readonly owner: Manager;
}

/** The refusal of an application, in Kubernetes' words: each field with its owner (managedfields NewConflictError). */
export function newConflictError(conflicts: readonly ManagerConflict[]): StatusError {
  const fields = [...conflicts]
    .sort((a, b) => compareTexts(a.owner.id, b.owner.id))
    .flatMap(({ owner, set }) => [...paths(set)].map((path) => ({ owner: ownerText(owner), path: pathText(path) })));
  const causes: StatusCause[] = fields.map(({ owner, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${owner}`,
    field: path,
  }));
  if (fields.length === 1) {
    const [{ owner, path }] = fields as [{ owner: string; path: string }];
    return newApplyConflict(`Apply failed with 1 conflict: conflict with ${owner}: ${path}`, causes);
  }
  const lines: string[] = [];
  for (const [i, { owner, path }] of fields.entries()) {
    if (owner !== fields[i - 1]?.owner) lines.push(`conflicts with ${owner}:`);
    lines.push(`- ${path}`);
  }
  return newApplyConflict(`Apply failed with ${fields.length} conflicts: ${lines.join('\n')}`, causes);
}

function ownerText({ manager, operation, apiVersion, subresource }: Manager): string {
  const name = `${JSON.stringify(manager)}${subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`}`;
  return operation === 'Update' ? `${name} using ${apiVersion}` : name;
}
