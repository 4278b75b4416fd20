import type { IncomingMessage, ServerResponse } from 'node:http';
import { rfc3339 } from '../../../common/clock.ts';
import type { ResourceDefinition } from '../../api/define-resource.ts';
import type { ResourceRef, UserInfo } from '../../api/verbs.ts';
import type { AuditRecord } from '../audit/auditor.ts';
import type { FieldValidation, Operation } from '../operations/operation.ts';
import { Pace } from '../operations/pace.ts';
import { storedDefinition } from '../operations/served-version.ts';
import type { ServerContext } from '../server-context.ts';
import type { BodyReader } from './body-reader.ts';
import type { RequestPath, ResourceTarget } from './request-path.ts';
import type { WatchSlots } from './watch-slots.ts';
import type { YamlReader } from './yaml-reader.ts';

/** One HTTP request that is authenticated and authorized. */
export interface RequestContext {
  readonly server: ServerContext;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: RequestPath;
  readonly query: URLSearchParams;
  readonly user: UserInfo;
  readonly bodies: BodyReader;
  readonly yaml: YamlReader;
  readonly watches: WatchSlots;
  /** Filled by operations, sent as Warning headers. */
  readonly warnings: string[];
  /** What the audit log is told of it. @default there is none */
  readonly audit?: AuditRecord | undefined;
}

/** The target without what is HTTP's alone. */
export function refOf(target: ResourceTarget): ResourceRef {
  const { watch: _watch, rest: _rest, ...ref } = target;
  return ref;
}

/** What is to be done, by whom, to which kind. */
export function operationOf(
  context: RequestContext,
  served: ResourceDefinition,
  ref: ResourceRef,
  options: { dryRun?: boolean; fieldValidation?: FieldValidation; fieldManager?: string } = {},
): Operation {
  return {
    user: context.user,
    definition: storedDefinition(served),
    served,
    ref,
    now: rfc3339(context.server.clock.now()),
    dryRun: options.dryRun ?? false,
    fieldValidation: options.fieldValidation ?? 'Warn',
    fieldManager: options.fieldManager ?? '',
    pace: new Pace(),
    warnings: context.warnings,
    annotate: context.audit?.annotate,
  };
}
