import { errorText } from '../../../common/errors.ts';
import type { ResourceDefinition } from '../../api/define-resource.ts';
import { isExpired, newBadRequest } from '../../api/status-error.ts';
import { verbsOf } from '../kinds/resource-table.ts';
import { createObject, requireOpen } from '../operations/create-object.ts';
import { deletedStatus, deleteObject } from '../operations/delete-object.ts';
import { deleteCollection } from '../operations/delete-collection.ts';
import { readObject } from '../operations/read-object.ts';
import { listObjects, newInvalidOptions, parseRevision } from '../operations/list-objects.ts';
import { watchObjects } from '../operations/watch/watch-objects.ts';
import { answerJson } from './answer-format.ts';
import { answerList } from './list-answer.ts';
import { viewFor } from './object-views.ts';
import { operationOf, type RequestContext, refOf } from './request-context.ts';
import { isWatch, listOptions } from './request-options.ts';
import type { ResourceTarget } from './request-path.ts';
import { watchResponse } from './watch-response.ts';
import {
  type Handled,
  answerObject,
  deleteBody,
  bodyOfKind,
  json,
  notSupported,
  outputOf,
  patch,
  put,
  writeOperation,
} from './object-requests.ts';
import { handleSubresource } from './subresource-handler.ts';
import { handleVirtual } from './virtual-resource-handler.ts';

/** Carries out a request about a stored kind. Node subresources are elsewhere (node-proxy.ts). */
export async function handleResource(context: RequestContext, target: ResourceTarget, definition: ResourceDefinition): Handled {
  if (definition.deprecated !== undefined) context.warnings.push(definition.deprecated);
  if (definition.virtual !== undefined) return handleVirtual(context, target, definition);
  if (definition.namespaced ? target.name !== undefined && target.namespace === undefined : target.namespace !== undefined)
    throw newBadRequest(definition.namespaced ? 'a namespace is needed in the path' : `${definition.plural} are not namespaced`);
  if (target.subresource !== undefined) return handleSubresource(context, target, definition, target.subresource);
  return target.name === undefined || target.watch
    ? handleCollection(context, target, definition)
    : handleObject(context, target, definition);
}

async function handleCollection(context: RequestContext, target: ResourceTarget, definition: ResourceDefinition): Handled {
  const { request, query, server } = context;
  const verbs = verbsOf(definition);
  switch (request.method) {
    case 'GET':
    case 'HEAD': {
      if (target.watch || isWatch(query))
        return verbs.includes('watch') ? watch(context, target, definition) : Promise.reject(notSupported(definition, 'watch'));
      if (!verbs.includes('list')) throw notSupported(definition, 'list');
      return list(context, target, definition);
    }
    case 'POST': {
      requireOpen(definition);
      if (definition.namespaced && target.namespace === undefined)
        throw newBadRequest('an empty namespace may not be set during creation');
      const output = outputOf(context, definition);
      const operation = writeOperation(context, definition, target);
      const object = await bodyOfKind(context, operation);
      return answerObject(context, definition, output, await createObject(server, operation, object), 201);
    }
    case 'DELETE': {
      if (!verbs.includes('deletecollection') || (definition.namespaced && target.namespace === undefined))
        throw notSupported(definition, 'deletecollection');
      const output = outputOf(context, definition, false);
      const options = await deleteBody(context);
      const operation = operationOf(context, definition, refOf(target), { dryRun: options.dryRun === true });
      const result = await deleteCollection(server, operation, { ...listOptions(query), ...options });
      return answerList(viewFor(definition, output, () => 0).list(result), output, operation.pace);
    }
    default:
      throw notSupported(definition, request.method ?? '');
  }
}

async function list(context: RequestContext, target: ResourceTarget, definition: ResourceDefinition): Handled {
  const output = outputOf(context, definition);
  const options = listOptions(context.query);
  if (options.sendInitialEvents !== undefined)
    throw newInvalidOptions('sendInitialEvents', 'Forbidden: sendInitialEvents is forbidden for list');
  const operation = operationOf(context, definition, refOf(target));
  const result = await listObjects(context.server, operation, options);
  return answerList(viewFor(definition, output, () => context.server.clock.now()).list(result), output, operation.pace);
}

async function watch(context: RequestContext, target: ResourceTarget, definition: ResourceDefinition): Handled {
  const { request, response, query, server } = context;
  const output = outputOf(context, definition);
  const options = listOptions(query);
  const selector = target.name === undefined ? options : { ...options, fieldSelector: `metadata.name=${target.name}` };
  if (request.method === 'HEAD') return { code: 200, contentType: 'application/json', body: Buffer.alloc(0) };
  // Its 'close' has been: nobody would give the slot back.
  if (response.destroyed) return undefined;
  const slot = context.watches.take(context.user);
  const view = viewFor(definition, output, () => server.clock.now());
  const sink = watchResponse(response, view, {
    slot,
    failed: (error) => server.log.error({ error: errorText(error), path: context.path.path }, 'a watch failed'),
  });
  // The head goes out only when the watch is known to run, so that a refusal can still have its own status.
  let opened = false;
  const open = (): void => {
    if (opened) return;
    opened = true;
    response.writeHead(200, {
      'content-type':
        output.view === 'object'
          ? view.framing.contentType
          : `${view.framing.contentType};as=${output.view === 'table' ? 'Table' : 'PartialObjectMetadata'};g=meta.k8s.io;v=v1`,
      'cache-control': 'no-cache, private',
      'transfer-encoding': 'chunked',
    });
    response.flushHeaders();
  };
  const stop = await watchObjects(server, operationOf(context, definition, refOf(target)), selector, {
    ...sink,
    state: (objects) => (open(), sink.state(objects)),
    event: (type, object, event) => (open(), sink.event(type, object, event)),
    bookmark: (revision, end) => (open(), sink.bookmark(revision, end)),
    error: (status) => (open(), sink.error(status)),
    end: () => (open(), sink.end()),
  }).catch((error: unknown) => {
    // A past that is gone is the watch's first event, not its answer: clients look for it there (apiserver Cacher.Watch).
    if (isExpired(error)) return error.status;
    slot.release();
    throw error;
  });
  open();
  if (typeof stop !== 'function') {
    sink.error(stop);
    sink.end();
    return undefined;
  }
  if (response.destroyed || request.destroyed) stop();
  response.once('close', stop);
  return undefined;
}

async function handleObject(context: RequestContext, target: ResourceTarget, definition: ResourceDefinition): Handled {
  const { request, server, query } = context;
  const verbs = verbsOf(definition);
  switch (request.method) {
    case 'GET':
    case 'HEAD': {
      if (!verbs.includes('get')) throw notSupported(definition, 'get');
      const output = outputOf(context, definition);
      if (query.get('resourceVersion') === '0') parseRevision('0');
      else await server.cache.fresh();
      return answerObject(context, definition, output, await readObject(server, operationOf(context, definition, refOf(target))));
    }
    case 'PUT':
      if (!verbs.includes('update')) throw notSupported(definition, 'update');
      return put(context, target, definition);
    case 'PATCH':
      if (!verbs.includes('patch')) throw notSupported(definition, 'patch');
      return patch(context, target, definition);
    case 'DELETE': {
      if (!verbs.includes('delete')) throw notSupported(definition, 'delete');
      const output = outputOf(context, definition);
      const options = await deleteBody(context);
      const operation = operationOf(context, definition, refOf(target), { dryRun: options.dryRun === true });
      const { stored, gone } = await deleteObject(server, operation, options);
      if (!gone) return answerObject(context, definition, output, stored);
      return answerJson(200, json(deletedStatus(operation, stored.object)), output);
    }
    default:
      throw notSupported(definition, request.method ?? '');
  }
}
