import { subresourceOf } from '../kinds/resource-table.ts';
import type { ResourceTable } from '../kinds/resource-table.ts';
import type { RequestPath } from './request-path.ts';

/** What stands for the rest of a path that is for nobody's eyes. */
const KEPT = '<kept back>';

/** A path as logs may show it: what is behind a confidential subresource is a secret (`webhooks/SECRET/generic`). */
export function shownPath(table: ResourceTable, path: RequestPath): string {
  if (path.kind !== 'resource' || path.target.rest === undefined || path.target.subresource === undefined) return path.path;
  const definition = table.find(path.target);
  const subresource = definition && subresourceOf(definition, path.target.subresource);
  if (subresource?.kind !== 'stream' || subresource.confidential !== true) return path.path;
  const depth = path.path.split('/').filter((part) => part !== '').length - path.target.rest.length;
  return [...path.path.split('/').slice(0, depth + 1), KEPT].join('/');
}
