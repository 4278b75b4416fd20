import type { IncomingMessage } from 'node:http';
import { type ResourceTable, subresourceOf } from '../kinds/resource-table.ts';
import type { ApiMetrics } from './metrics.ts';
import { type ParsedRequest, verbOf } from './request-question.ts';

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** Counts a request under names of the registry's alone: what clients make up would be labels without end. `ms` is undefined for streams. */
export function countRequest(
  metrics: ApiMetrics,
  table: ResourceTable,
  of: {
    readonly request: IncomingMessage;
    readonly parsed: ParsedRequest | undefined;
    readonly code: number;
    readonly ms: number | undefined;
  },
): void {
  const { request, parsed, code, ms } = of;
  const target = parsed?.path.kind === 'resource' ? parsed.path.target : undefined;
  const definition = target && table.find(target);
  const method = METHODS.has(request.method ?? '') ? request.method! : 'other';
  const verb = definition === undefined ? method : verbOf(request, target!, parsed!.query);
  const { subresource } = target ?? {};
  const known =
    definition !== undefined &&
    subresource !== undefined &&
    (subresourceOf(definition, subresource) !== undefined || subresource === 'status' || subresource === 'scale');
  metrics.observe(verb, definition?.plural ?? '', known ? subresource : '', code, ms === undefined ? undefined : ms / 1000);
}
