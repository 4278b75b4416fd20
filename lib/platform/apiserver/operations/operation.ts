import type { StrategyContext } from '../../api/strategy.ts';
import type { ResourceDefinition } from '../../api/define-resource.ts';
import type { ResourceRef, UserInfo } from '../../api/verbs.ts';
import { SYSTEM_USER, type ServerContext } from '../server-context.ts';
import { objectKey } from '../store/storage-key.ts';
import type { Writer } from '../managed-fields/track-update.ts';
import type { AllocationScope } from '../store/allocation-ledger.ts';
import type { QualifiedResource } from '../../api/status-error.ts';
import type { Pace } from './pace.ts';

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

/** One request, whatever carried it here: who, what, and how strictly. Authorization has happened. */
export interface Operation {
  readonly user: UserInfo;
  /** Whose objects are stored. */
  readonly definition: ResourceDefinition;
  /** The version that was asked for: what bodies hold and answers are. Mostly the same. */
  readonly served: ResourceDefinition;
  readonly ref: ResourceRef;
  /** RFC 3339, seconds. */
  readonly now: string;
  readonly dryRun: boolean;
  readonly fieldValidation: FieldValidation;
  /** Who becomes the owner of what is written. */
  readonly fieldManager: string;
  /** Lets others have turns between the steps of a large write. */
  readonly pace: Pace;
  /** Texts for the client's eyes; HTTP carries them as Warning headers. */
  readonly warnings: string[];
  /** Tells the audit log something about the request. @default there is none */
  readonly annotate?: ((key: string, value: string) => void) | undefined;
}

/** The operation as the writer of fields. */
export const writerOf = ({ definition, fieldManager, ref, now }: Operation): Writer => ({
  definition,
  fieldManager,
  subresource: ref.subresource ?? '',
  now,
});

/** The kind as errors name it. */
export const qualifiedOf = (definition: ResourceDefinition): QualifiedResource => ({
  group: definition.group,
  resource: definition.plural,
});

/** Storage key of the object the operation names. */
export const keyOf = (operation: Operation): string =>
  objectKey(operation.definition, operation.ref.namespace, operation.ref.name!);

/** What a kind's strategy may ask in an operation. */
export function strategyContext(server: ServerContext, operation: Operation, allocations: AllocationScope): StrategyContext {
  return {
    user: operation.user,
    now: operation.now,
    verbs: server.verbs(SYSTEM_USER),
    dryRun: operation.dryRun,
    allocations,
    access: server.access,
    settings: server.settings,
  };
}
