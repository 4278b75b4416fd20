import type { KubeObject } from '../../api/meta.ts';
import { isAlreadyExists, isNotFound, newBadRequest, newConflict } from '../../api/status-error.ts';
import { requireAllowed } from '../auth/authorizer.ts';
import { type Application, applyToObject, checkConfig } from '../managed-fields/apply-config.ts';
import type { ServerContext } from '../server-context.ts';
import type { StoredObject } from '../store/stored-object.ts';
import { createObject, requireOpen } from './create-object.ts';
import { decodeObject, type ExpectedKind, type ParsedBody } from './decode-object.ts';
import { guaranteedUpdate, type UpdateResult } from './guaranteed-update.ts';
import { type Operation, qualifiedOf, writerOf } from './operation.ts';
import { checkName, prepareUpdate } from './replace-object.ts';
import { configToStored } from './served-version.ts';

export interface ApplyBody extends ParsedBody {
  readonly force: boolean;
}

/** Races between an object's creation and deletion that an application loses before it gives up. */
const MAX_ATTEMPTS = 4;

/** Server-side apply: merges the configuration into the object, or creates it. */
export async function applyPatch(
  server: ServerContext,
  operation: Operation,
  body: ApplyBody,
): Promise<UpdateResult & { readonly created: boolean }> {
  await operation.pace.pause();
  const { config, force } = applicationOf(operation, operation.served, body);
  await operation.pace.pause();
  const toStored = (of: typeof config): typeof config =>
    configToStored(operation.served, of as unknown as KubeObject) as unknown as typeof config;
  const application: Application = {
    config: toStored(config),
    force,
    original: { config, kind: operation.served, toStored },
  };
  for (let attempt = 1; ; attempt++) {
    let found = false;
    try {
      const result = await guaranteedUpdate(server, operation, async (current, scope) => {
        found = true;
        const live = current.object;
        await operation.pace.pause();
        const object = await appliedObject(operation, live, application);
        await operation.pace.pause();
        return prepareUpdate(server, operation, object, current, scope, true);
      });
      return { ...result, created: false };
    } catch (error) {
      // Not there, or no longer when the write came.
      if (found || operation.ref.subresource !== undefined || !isMissing(error, operation)) throw error;
    }
    try {
      return { stored: await createApplied(server, operation, application), deleted: false, created: true };
    } catch (error) {
      if (!isAlreadyExists(error) || attempt >= MAX_ATTEMPTS) throw error;
    }
  }
}

const isMissing = (error: unknown, { ref }: Operation): boolean => isNotFound(error) && error.status.details?.name === ref.name;

async function createApplied(server: ServerContext, operation: Operation, application: Application): Promise<StoredObject> {
  const { definition, user, ref } = operation;
  requireAllowed(server.authorizer, { user, verb: 'create', ...ref });
  requireOpen(definition);
  const object = await appliedObject(operation, undefined, application);
  const { uid } = object.metadata;
  if (uid !== undefined && uid !== '')
    throw newConflict(
      qualifiedOf(definition),
      ref.name!,
      `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
    );
  const { name: _name, ...collection } = ref;
  return createObject(server, { ...operation, ref: collection }, object, true);
}

/** The configuration in a body, which must be of that kind. */
export function applicationOf(operation: Operation, kind: ExpectedKind, body: ApplyBody): Application {
  const config = checkConfig(body.value, kind);
  judgeDuplicates(operation, body);
  return { config, force: body.force };
}

/** What the application makes of the live object, decoded and defaulted, with its managedFields. */
export async function appliedObject(
  operation: Operation,
  live: KubeObject | undefined,
  application: Application,
): Promise<KubeObject> {
  const value = await applyToObject(writerOf(operation), live, application, () => operation.pace.pause());
  await operation.pace.pause();
  const object = decodeObject({ value, strictErrors: [] }, operation.definition, 'Ignore', operation.warnings);
  checkName(operation, object);
  return object;
}

/** Keys that are said twice: the last one counts, unless the client wants to know. */
function judgeDuplicates({ fieldValidation, warnings }: Operation, { strictErrors }: ApplyBody): void {
  if (strictErrors.length === 0 || fieldValidation === 'Ignore') return;
  const text = `error converting YAML to JSON: ${strictErrors.join(', ')}`;
  if (fieldValidation === 'Strict') throw newBadRequest(`error strict decoding YAML: ${text}`);
  warnings.push(text);
}
