import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Mount, Visit } from '../api/mount.ts';
import { newNotFound } from '../api/status-error.ts';
import { fullDiskOf } from '../components/full-disk.ts';
import { Advertisements } from './advertisements.ts';
import { CommandSlots } from './command-slots.ts';
import { GIT_PATH, type GitContext, type GitServerOptions } from './git-context.ts';
import { GIT_NAMESPACE, ID } from './git-objects.ts';
import { GitPod } from './git-pod.ts';
import { openRepository } from './repository.ts';
import { RepositoryHeads } from './repository-heads.ts';
import { RepositorySizes } from './repository-sizes.ts';
import { tenantOf } from './tenant-of.ts';
import { advertise, receivePack, uploadPack } from './smart-http.ts';

const PATH =
  /^\/git\/([a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)\/([a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?)\.git\/(info\/refs|git-upload-pack|git-receive-pack)$/;

/**
 * Repositories over git's smart HTTP (gitprotocol-http), one for each build config whose source is here. Who may read the build
 * config may fetch, and so may the builds of its namespace; who may instantiate it may push; a push builds, and tells how that goes. git itself runs in a pod
 * without rights: what it is fed with stays there.
 */
export function createGitServer(options: GitServerOptions): Mount {
  const context: GitContext = {
    ...options,
    pod: new GitPod(options),
    slots: new CommandSlots(),
    sizes: new RepositorySizes(),
    heads: new RepositoryHeads(),
    advertisements: new Advertisements(),
    fullDisk: () => fullDiskOf(options.client, GIT_NAMESPACE, `app=${ID}`),
  };
  return {
    path: GIT_PATH,
    credentials: 'password',
    handle: (request, response, visit) => handle(context, request, response, visit),
  };
}

async function handle(context: GitContext, request: IncomingMessage, response: ServerResponse, visit: Visit): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://git');
  const [, namespace, name, service] = PATH.exec(url.pathname) ?? [];
  const isAdvertisement = service === 'info/refs';
  if (namespace === undefined || name === undefined || (request.method ?? '') !== (isAdvertisement ? 'GET' : 'POST'))
    throw newNotFound({ group: '', resource: 'repositories' }, url.pathname.slice(GIT_PATH.length));
  const wanted = isAdvertisement ? url.searchParams.get('service') : service;
  if (wanted !== 'git-upload-pack' && wanted !== 'git-receive-pack')
    throw newNotFound({ group: '', resource: 'services of git' }, wanted ?? 'the dumb protocol');
  const { user } = visit;
  if (user === undefined || user.groups.includes('system:unauthenticated')) return askForToken(response);
  // git takes what time it takes: the rest of the API is not to wait for that.
  visit.lasts();
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  using slot = await context.slots.take(user.name, gone.signal, await tenantOf(context.client, user));
  const push = wanted === 'git-receive-pack';
  const repository = await openRepository(context, user, { namespace, name, push });
  if (isAdvertisement) await advertise(context, repository, wanted, { request, response, gone: gone.signal });
  else if (wanted === 'git-upload-pack') await uploadPack(repository, { request, response, gone: gone.signal });
  else await receivePack(context, repository, { request, response, gone: gone.signal }, () => slot[Symbol.dispose]());
}

/** So that git asks for one. */
function askForToken(response: ServerResponse): void {
  const text = 'Log in with a token as the password, under any name (`oc whoami --show-token`, `kubectl create token`).\n';
  response
    .writeHead(401, { 'www-authenticate': 'Basic realm="git"', 'content-type': 'text/plain', 'content-length': text.length })
    .end(text);
}
