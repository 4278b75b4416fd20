import type { ResourceDefinition } from '../../api/define-resource.ts';
import type { KubeObject } from '../../api/meta.ts';
import { newMethodNotSupported } from '../../api/status-error.ts';
import type { PatchType } from '../../api/verbs.ts';
import { decodeObject, type ExpectedKind } from '../operations/decode-object.ts';
import type { Operation } from '../operations/operation.ts';
import { applierName, managerName } from '../managed-fields/manager-name.ts';
import { APPLY, checkPatchType, type PatchBody, patchObject } from '../operations/patch-object.ts';
import { replaceObject } from '../operations/replace-object.ts';
import { toStored } from '../operations/served-version.ts';
import type { StoredObject } from '../store/stored-object.ts';
import { answerJson } from './answer-format.ts';
import { decodeBody, mediaType, parseApply, parseJson } from './body-decoder.ts';
import { negotiate, type Output } from './negotiation.ts';
import { viewFor } from './object-views.ts';
import { operationOf, type RequestContext, refOf } from './request-context.ts';
import { deleteOptions, fieldValidation, forced, isDryRun } from './request-options.ts';
import type { ResourceTarget } from './request-path.ts';
import type { Answer } from './response.ts';

/** `undefined`: the answer is a stream and on its way. */
export type Handled = Promise<Answer | undefined>;

/** A value as the body of an answer. */
export const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** A verb that the kind does not have, as the API says it. */
export const notSupported = (definition: ResourceDefinition, method: string): Error =>
  newMethodNotSupported({ group: definition.group, resource: definition.plural }, method.toLowerCase());

/** How the client wants to see what is of this kind. `views`: tables are possible. Throws 406. */
export function outputOf({ request, query }: RequestContext, definition: ResourceDefinition, views = true): Output {
  const shapes = { views, protobuf: definition.custom === undefined };
  return negotiate(request.headers.accept, query, request.headers['user-agent'], shapes);
}

/** A write as the query asks for it. */
export function writeOperation(context: RequestContext, definition: ResourceDefinition, target: ResourceTarget): Operation {
  const kind =
    context.request.method === 'POST' ? 'CreateOptions' : context.request.method === 'PATCH' ? 'PatchOptions' : 'UpdateOptions';
  const { query, request } = context;
  const said = query.get('fieldManager') ?? undefined;
  return operationOf(context, definition, refOf(target), {
    dryRun: isDryRun(query.getAll('dryRun'), kind),
    fieldValidation: fieldValidation(query, kind),
    fieldManager: isApply(request) ? applierName(said) : managerName(said, request.headers['user-agent'], kind),
  });
}

/** The object in the body, of the expected kind. */
export async function bodyObject(context: RequestContext, operation: Operation, expected: ExpectedKind): Promise<KubeObject> {
  const bytes = await context.bodies.read(context.request, context.response);
  const body = await decodeBody(bytes, context.request.headers['content-type'], expected.kind, context.yaml);
  context.audit?.requestObject(body.value);
  await operation.pace.pause();
  const object = decodeObject(body, expected, operation.fieldValidation, operation.warnings);
  await operation.pace.pause();
  return object;
}

/** A whole object of the kind, in the version that was asked for, as it is stored. */
export const bodyOfKind = async (context: RequestContext, operation: Operation): Promise<KubeObject> =>
  toStored(operation.served, await bodyObject(context, operation, operation.served));

/** One object as the client wants to see it. */
export function answerObject(
  context: RequestContext,
  definition: ResourceDefinition,
  output: Output,
  stored: StoredObject,
  code = 200,
): Answer {
  return answerJson(code, viewFor(definition, output, () => context.server.clock.now()).one(stored), output);
}

/** PUT of a whole object. */
export async function put(context: RequestContext, target: ResourceTarget, definition: ResourceDefinition): Handled {
  const output = outputOf(context, definition);
  const operation = writeOperation(context, definition, target);
  const object = await bodyOfKind(context, operation);
  const { stored, created } = await replaceObject(context.server, operation, object);
  return answerObject(context, definition, output, stored, created ? 201 : 200);
}

/** PATCH of any type, apply among them. */
export async function patch(context: RequestContext, target: ResourceTarget, definition: ResourceDefinition): Handled {
  const output = outputOf(context, definition);
  const operation = writeOperation(context, definition, target);
  const body = await patchBody(context, definition);
  const { stored, created } = await patchObject(context.server, operation, body);
  return answerObject(context, definition, output, stored, created ? 201 : 200);
}

const isApply = ({ method, headers }: RequestContext['request']): boolean =>
  method === 'PATCH' && mediaType(headers['content-type']) === APPLY;

/** What the body asks to be changed. Throws 415 for a type that the kind does not take. */
export async function patchBody(
  { request, response, query, bodies, yaml, audit }: RequestContext,
  definition: ResourceDefinition,
): Promise<PatchBody> {
  const type = mediaType(request.headers['content-type']) as PatchType;
  checkPatchType(definition, type);
  const force = forced(query, type === APPLY);
  const bytes = await bodies.read(request, response);
  const body = await (type === APPLY ? parseApply(bytes, yaml) : parseJson(bytes, 'Patch'));
  audit?.requestObject(body.value);
  return { ...body, type, force };
}

/** The options of a deletion, from its body and its query. */
export async function deleteBody(context: RequestContext): Promise<ReturnType<typeof deleteOptions>> {
  const bytes = await context.bodies.read(context.request, context.response);
  if (bytes.length === 0) return deleteOptions(context.query, undefined);
  const { value } = await decodeBody(bytes, context.request.headers['content-type'], 'DeleteOptions', context.yaml);
  context.audit?.requestObject(value);
  return deleteOptions(context.query, value);
}
