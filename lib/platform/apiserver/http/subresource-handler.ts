import type { ActionSubresource } from '../../api/subresources/action-subresource.ts';
import type { ResourceDefinition } from '../../api/define-resource.ts';
import { scale } from '../../api/autoscaling/scale.ts';
import { newBadRequest } from '../../api/status-error.ts';
import { subresourceOf } from '../kinds/resource-table.ts';
import { runAction } from '../operations/action-subresource.ts';
import { currentObject } from '../operations/guaranteed-update.ts';
import { patchScale, scaleKindOf, scaleOf, updateScale } from '../operations/scale-object.ts';
import { readPart } from '../operations/virtual-resource.ts';
import { unstored } from '../store/stored-object.ts';
import { operationOf, type RequestContext, refOf } from './request-context.ts';
import type { ResourceTarget } from './request-path.ts';
import { answerJson } from './answer-format.ts';
import { answerByItself } from './self-answered-subresource.ts';
import {
  type Handled,
  answerObject,
  bodyObject,
  json,
  notSupported,
  outputOf,
  patch,
  patchBody,
  put,
  writeOperation,
} from './object-requests.ts';

/** Carries out a request about a subresource that is answered here: status, scale, replace and action subresources. */
export async function handleSubresource(
  context: RequestContext,
  target: ResourceTarget,
  definition: ResourceDefinition,
  name: string,
): Handled {
  if (target.name === undefined) throw newBadRequest('a name is needed in the path');
  if (name === 'status' && definition.status !== undefined) return handleWhole(context, target, definition);
  if (name === 'scale' && definition.scale !== undefined) return handleScale(context, target, definition);
  const subresource = subresourceOf(definition, name);
  if (subresource?.kind === 'stream') return answerByItself(context, target, definition, subresource);
  if (subresource?.kind === 'replace') return handleWhole(context, target, definition);
  if (subresource?.kind === 'read' && (context.request.method === 'GET' || context.request.method === 'HEAD')) {
    const output = outputOf(context, definition, false);
    const operation = operationOf(context, definition, refOf(target));
    return answerJson(200, json(await readPart(context.server, operation, subresource)), output);
  }
  if (subresource?.kind === 'action' && context.request.method === 'POST')
    return handleAction(context, target, definition, subresource);
  throw notSupported(definition, context.request.method ?? '');
}

/** The whole object through a subresource that writes only a part of it. */
async function handleWhole(context: RequestContext, target: ResourceTarget, definition: ResourceDefinition): Handled {
  switch (context.request.method) {
    case 'GET':
    case 'HEAD':
      await context.server.cache.fresh();
      return answerObject(
        context,
        definition,
        outputOf(context, definition),
        await currentObject(context.server, operationOf(context, definition, refOf(target))),
      );
    case 'PUT':
      return put(context, target, definition);
    case 'PATCH':
      return patch(context, target, definition);
    default:
      throw notSupported(definition, context.request.method ?? '');
  }
}

async function handleScale(context: RequestContext, target: ResourceTarget, definition: ResourceDefinition): Handled {
  const { server, request } = context;
  if (request.method === 'GET' || request.method === 'HEAD') {
    await server.cache.fresh();
    const { object, key, revision } = await currentObject(server, operationOf(context, definition, refOf(target)));
    return answerObject(context, scale, outputOf(context, scale), unstored(key, scaleOf(definition.scale!, object), revision));
  }
  const output = outputOf(context, definition, false);
  const operation = writeOperation(context, definition, target);
  if (request.method === 'PUT') {
    const wanted = await bodyObject(context, operation, scaleKindOf(definition.scale!));
    return answerJson(200, json(await updateScale(server, operation, () => wanted)), output);
  }
  if (request.method !== 'PATCH') throw notSupported(definition, request.method ?? '');
  const body = await patchBody(context, definition);
  return answerJson(200, json(await patchScale(server, operation, body)), output);
}

async function handleAction(
  context: RequestContext,
  target: ResourceTarget,
  definition: ResourceDefinition,
  action: ActionSubresource,
): Handled {
  const output = outputOf(context, definition, false);
  const operation = writeOperation(context, definition, target);
  const body = await bodyObject(context, operation, action.body);
  return answerJson(201, json(await runAction(context.server, operation, action, body)), output);
}
