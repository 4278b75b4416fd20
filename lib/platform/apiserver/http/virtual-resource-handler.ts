import type { ResourceDefinition } from '../../api/define-resource.ts';
import { newBadRequest } from '../../api/status-error.ts';
import { verbsOf } from '../kinds/resource-table.ts';
import {
  answerVirtual,
  deleteVirtual,
  listVirtual,
  patchVirtual,
  replaceVirtual,
  runVirtual,
} from '../operations/virtual-resource.ts';
import { readObject } from '../operations/read-object.ts';
import { viewFor } from './object-views.ts';
import {
  answerObject,
  bodyObject,
  deleteBody,
  type Handled,
  json,
  notSupported,
  outputOf,
  patchBody,
  writeOperation,
} from './object-requests.ts';
import { operationOf, type RequestContext, refOf } from './request-context.ts';
import { isWatch, listOptions } from './request-options.ts';
import type { ResourceTarget } from './request-path.ts';
import { answerJson } from './answer-format.ts';
import { answerList } from './list-answer.ts';

/** Carries out a request about a kind that is asked, not stored. */
export async function handleVirtual(context: RequestContext, target: ResourceTarget, definition: ResourceDefinition): Handled {
  const { server, request } = context;
  if (request.method === 'GET' || request.method === 'HEAD') return readVirtual(context, target, definition);
  if (target.name !== undefined && target.subresource === undefined) return writePart(context, target, definition);
  if (request.method !== 'POST' || target.name !== undefined) throw notSupported(definition, request.method ?? '');
  if (definition.namespaced !== (target.namespace !== undefined))
    throw newBadRequest('the path does not fit the scope of the kind');
  const output = outputOf(context, definition, false);
  const operation = writeOperation(context, definition, target);
  const body = await bodyObject(context, operation, definition);
  return answerJson(201, json(await runVirtual(server, operation, body)), output);
}

async function readVirtual(context: RequestContext, target: ResourceTarget, definition: ResourceDefinition): Handled {
  const { server, query } = context;
  if (target.subresource !== undefined || target.watch || isWatch(query)) throw notSupported(definition, 'watch');
  const output = outputOf(context, definition);
  const operation = operationOf(context, definition, refOf(target));
  if (target.name !== undefined) return answerObject(context, definition, output, await readObject(server, operation));
  if (definition.virtual?.answer !== undefined) return answerJson(200, json(await answerVirtual(server, operation)), output);
  const result = await listVirtual(server, operation, listOptions(query));
  return answerList(viewFor(definition, output, () => server.clock.now()).list(result), output, operation.pace);
}

/** A part of other objects, by its own name. */
async function writePart(context: RequestContext, target: ResourceTarget, definition: ResourceDefinition): Handled {
  const { server, request } = context;
  const verbs = verbsOf(definition);
  if (request.method === 'DELETE' && verbs.includes('delete')) {
    const output = outputOf(context, definition, false);
    const options = await deleteBody(context);
    const operation = operationOf(context, definition, refOf(target), { dryRun: options.dryRun === true });
    return answerJson(200, json(await deleteVirtual(server, operation, options)), output);
  }
  const output = outputOf(context, definition);
  const operation = writeOperation(context, definition, target);
  if (request.method === 'PUT' && verbs.includes('update')) {
    const body = await bodyObject(context, operation, definition);
    const { stored, created } = await replaceVirtual(server, operation, body);
    return answerObject(context, definition, output, stored, created ? 201 : 200);
  }
  if (request.method !== 'PATCH' || !verbs.includes('patch')) throw notSupported(definition, request.method ?? '');
  const { stored } = await patchVirtual(server, operation, await patchBody(context, definition));
  return answerObject(context, definition, output, stored);
}
