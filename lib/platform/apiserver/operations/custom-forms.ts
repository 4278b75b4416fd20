import type { CustomKind } from '../../api/custom-kind.ts';
import type { ResourceDefinition } from '../../api/define-resource.ts';
import type { KubeObject } from '../../api/meta.ts';
import { groupVersionText } from '../kinds/resource-table.ts';
import type { ServerContext } from '../server-context.ts';
import { CacheEvent } from '../store/cache-event.ts';
import { keptForm, withForm } from '../store/kept-forms.ts';
import { StoredObject } from '../store/stored-object.ts';
import { convertObjects } from './conversion-review.ts';

/**
 * Objects of custom kinds are stored in one of their versions, and perhaps under an older schema. Operations see them in the version that
 * was asked for and complete, and so do readers. What was made of an object is remembered with it, for the kind as it is.
 */

/** The object as the version has it; undefined when a webhook must be asked for it first. Other kinds' objects are what they are. */
export function formOf(definition: ResourceDefinition, stored: StoredObject): StoredObject | undefined {
  const { custom } = definition;
  if (custom === undefined) return stored;
  const known = keptForm(stored.forms, definition);
  if (known !== undefined) return known;
  const apiVersion = groupVersionText(definition);
  const { object } = stored;
  if (object.apiVersion !== apiVersion && custom.webhook !== undefined) return undefined;
  return remember(definition, custom, stored, object.apiVersion === apiVersion ? object : { ...object, apiVersion });
}

/** The same for several, webhooks included. Rejects with a StatusError when one does not answer as it should. */
export async function formsOf(
  server: Pick<ServerContext, 'cache'>,
  definition: ResourceDefinition,
  objects: readonly StoredObject[],
): Promise<StoredObject[]> {
  const found = objects.map((stored) => formOf(definition, stored));
  const missing = objects.filter((_stored, i) => found[i] === undefined);
  if (missing.length === 0) return found as StoredObject[];
  const converted = await convertObjects(
    server,
    definition,
    missing.map(({ object }) => object),
    definition.version,
  );
  missing.forEach((stored, i) => remember(definition, definition.custom!, stored, converted[i]!));
  return objects.map((stored) => formOf(definition, stored)!);
}

export const formIn = async (
  server: Pick<ServerContext, 'cache'>,
  definition: ResourceDefinition,
  stored: StoredObject,
): Promise<StoredObject> => formOf(definition, stored) ?? (await formsOf(server, definition, [stored]))[0]!;

/** A change as the version has it, the same one for everybody who looks; undefined when a webhook must be asked first. */
export function eventForm(definition: ResourceDefinition, event: CacheEvent): CacheEvent | undefined {
  const object = formOf(definition, event.object);
  const previous = event.previous && formOf(definition, event.previous);
  if (object === undefined || (event.previous !== undefined && previous === undefined)) return undefined;
  if (object === event.object && previous === event.previous) return event;
  const known = keptForm(event.forms, definition);
  if (known !== undefined) return known;
  const made = new CacheEvent(object, previous, event.deleted);
  event.forms = withForm(event.forms, definition, made);
  return made;
}

/** The object as it is stored. */
export async function storageForm(
  server: Pick<ServerContext, 'cache'>,
  definition: ResourceDefinition,
  object: KubeObject,
): Promise<KubeObject> {
  const { custom } = definition;
  if (custom === undefined || custom.storageVersion === definition.version) return object;
  const [converted] =
    custom.webhook === undefined ? [object] : await convertObjects(server, definition, [object], custom.storageVersion);
  const apiVersion = groupVersionText({ group: definition.group, version: custom.storageVersion });
  return custom.versions.get(custom.storageVersion)!.complete({ ...converted!, apiVersion }).object;
}

function remember(definition: ResourceDefinition, custom: CustomKind, stored: StoredObject, object: KubeObject): StoredObject {
  const whole = custom.schema.complete(object).object;
  const form =
    whole === stored.object
      ? stored
      : new StoredObject(stored.key, stored.revision, stored.createRevision, Buffer.from(JSON.stringify(whole)), whole);
  stored.forms = withForm(stored.forms, definition, form);
  return form;
}
