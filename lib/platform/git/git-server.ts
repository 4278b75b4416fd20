import type { IncomingMessage, ServerResponse } from 'node:http';
import { newNotFound } from '../api/status-error.ts';
import { callerOf } from './caller.ts';
import { GIT_PATH, type GitContext, type GitServerOptions } from './git-context.ts';
import { GitPod } from './git-pod.ts';
import { openRepository } from './repository.ts';
import { advertise, receivePack, uploadPack } from './smart-http.ts';

/** A part of the API's port, before anybody is known. */
export interface GitEndpoint {
  readonly path: string;
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

const PATH =
  /^\/git\/([a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)\/([a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?)\.git\/(info\/refs|git-upload-pack|git-receive-pack)$/;

/**
 * Repositories over git's smart HTTP (gitprotocol-http), one for each build config whose source is here. Who may read the build
 * config may fetch, and so may the builds of its namespace; who may instantiate it may push; a push builds, and tells how that goes. git itself runs in a pod
 * without rights: what it is fed with stays there.
 */
export function createGitServer(options: GitServerOptions): GitEndpoint {
  const context: GitContext = { ...options, pod: new GitPod(options) };
  return { path: GIT_PATH, handle: (request, response) => handle(context, request, response) };
}

async function handle(context: GitContext, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://git');
  const [, namespace, name, service] = PATH.exec(url.pathname) ?? [];
  const isAdvertisement = service === 'info/refs';
  if (namespace === undefined || name === undefined || (request.method ?? '') !== (isAdvertisement ? 'GET' : 'POST'))
    throw newNotFound({ group: '', resource: 'repositories' }, url.pathname.slice(GIT_PATH.length));
  const wanted = isAdvertisement ? url.searchParams.get('service') : service;
  if (wanted !== 'git-upload-pack' && wanted !== 'git-receive-pack')
    throw newNotFound({ group: '', resource: 'services of git' }, wanted ?? 'the dumb protocol');
  const user = await callerOf(context, request, response);
  if (user === undefined) return;
  const repository = await openRepository(context, user, { namespace, name, push: wanted === 'git-receive-pack' });
  if (isAdvertisement) await advertise(repository, wanted, request, response);
  else if (wanted === 'git-upload-pack') await uploadPack(repository, request, response);
  else await receivePack(context, repository, request, response);
}
