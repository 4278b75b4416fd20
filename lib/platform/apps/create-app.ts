import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { BuildConfig, ImageReference } from '../api/build/build-types.ts';
import type { KubeObject } from '../api/meta.ts';
import { isAlreadyExists, isNotFound } from '../api/status-error.ts';
import type { ResourceRef } from '../api/verbs.ts';
import type { Client } from '../client/client.ts';
import { repositoryUrl } from '../git/repository.ts';
import { isOwn, readApps, typeOf } from './app-list.ts';
import { appErrors } from './app-errors.ts';
import { APP_RESOURCES, appObjects, sourceSecretName } from './app-objects.ts';
import type { AppType } from './app-types.ts';
import { judgeName } from './application.ts';
import { firstVersion } from './first-version.ts';
import { git } from './git-command.ts';
import { configureCredentials, gitServer } from './git-credentials.ts';
import { buildOfPush } from './build-of-push.ts';
import type { PlatformAccess } from './platform-access.ts';
import { reachFromHere } from './reach-from-here.ts';
import { isWorkingCopy, judgeSource, makeWorkingCopy } from './working-copy.ts';

export interface CreateRequest {
  readonly name: string;
  readonly type: AppType;
  readonly fromCode?: string;
  /** Where the folder NAME is made. */
  readonly cwd: string;
}

/** How long the platform may take to give a service account, or a secret its token, in ms. */
const PATIENCE = 30_000;
/** How often it is asked meanwhile, in ms: mostly it has done so by then. */
const POLL = 50;

/** The API as pods reach it, wherever we do, and whatever address the server has later. */
const FROM_PODS = 'https://kubernetes.default.svc';

type Say = (text: string) => void;

/**
 * Makes an application, its folder, and its first build. Everything is judged before anything is changed; what an interrupted run has made
 * is taken up. Throws an OoError, or the API's StatusError.
 */
export async function createApp(request: CreateRequest, access: PlatformAccess, say: Say, signal: AbortSignal): Promise<void> {
  const { client, namespace, kubeconfig } = access;
  const name = judgeName(request.name);
  if (request.fromCode !== undefined) judgeSource(request.fromCode);
  const origin = repositoryUrl(gitServer(kubeconfig), namespace, name);
  const folder = resolve(request.cwd, name);
  const copy = { ...request, folder, origin };
  const hasCopy = await isWorkingCopy(copy, signal);
  const builder = await builderOf(client, request.type);
  const objects = appObjects({ name, namespace, uri: repositoryUrl(FROM_PODS, namespace, name), ...builder });
  const missing = await missingOf(access, objects, request);
  for (const [ref, object] of missing) await client.create(collectionOf(ref), object, { dryRun: true });

  if (hasCopy) await configureCredentials(folder, folder, access, signal);
  else await makeWorkingCopy(copy, access, signal);
  say(`working copy ${folder} ${hasCopy ? 'is there' : 'made'}\n`);
  await accountOf(client, namespace, signal);
  for (const [ref, object] of missing) {
    await client.create(collectionOf(ref), object).catch((error: unknown) => {
      if (!isAlreadyExists(error)) throw error;
      // Somebody was faster; it may have been this very command.
      return requireOwn(client, ref, request);
    });
    say(`${ref.resource.slice(0, -1)}/${ref.name} made\n`);
  }
  await tokenOf(client, namespace, sourceSecretName(name), signal);
  await git(['push', '--set-upstream', 'origin', 'HEAD'], { folder, signal, streaming: true });
  await buildOfPush(client, namespace, name, say, signal);
  await firstVersion(access, name, signal);
  const url = (await readApps(access, name))[0]?.url;
  const aside = url === undefined ? '' : await reachFromHere(url, kubeconfig.server);
  say(
    `${name} is at ${url ?? 'no address: no router is running'}\n${aside}Change it in ${folder}, then: git commit -a, git push\n`,
  );
}

const collectionOf = ({ name: _name, ...collection }: ResourceRef): ResourceRef => collection;

/** The image that it is built with: a tag of the project `openshift`, which can be followed, else the platform's own image. */
async function builderOf(client: Client, type: AppType): Promise<{ builder: ImageReference; builderImage?: string }> {
  const ref = { ...APP_RESOURCES.imageStream, namespace: 'openshift', name: type };
  const stream = await client.get<Stream>(ref).catch((error: unknown) => {
    if (isNotFound(error) || (error as { code?: number }).code === 403) return undefined;
    throw error;
  });
  const image = stream?.status?.tags?.find(({ tag }) => tag === 'latest')?.items?.[0]?.dockerImageReference;
  if (image === undefined) return { builder: { kind: 'DockerImage', name: `openshift/${type}:latest` } };
  return { builder: { kind: 'ImageStreamTag', namespace: 'openshift', name: `${type}:latest` }, builderImage: image };
}

interface Stream extends KubeObject {
  status?: { tags?: { tag: string; items?: { dockerImageReference?: string }[] | null }[] };
}

type Objects = readonly (readonly [ResourceRef, KubeObject])[];

/** What is still to be made. @throws OoError APP_NAME_TAKEN, APP_OTHER_TYPE */
async function missingOf({ client, namespace }: PlatformAccess, objects: Objects, request: CreateRequest): Promise<Objects> {
  const [missing, taken]: [Objects[number][], string[]] = [[], []];
  const earlier = await find(client, { ...APP_RESOURCES.deploymentConfig, namespace, name: request.name });
  const runsAlready = earlier !== undefined && isOwn(earlier, request.name);
  for (const each of objects) {
    // An earlier version of this program made a deployment config: it goes on, and no deployment beside it.
    if (runsAlready && each[0].resource === APP_RESOURCES.deployment.resource) continue;
    const found = await find(client, each[0]);
    if (found === undefined) missing.push(each);
    else if (!isOwn(found, request.name)) taken.push(`${each[0].resource.slice(0, -1)}/${each[0].name}`);
    else if (each[0].resource === APP_RESOURCES.buildConfig.resource) requireType(found as BuildConfig, request);
  }
  if (taken.length > 0) throw appErrors.APP_NAME_TAKEN(request.name, taken.join(', '));
  return missing;
}

async function requireOwn(client: Client, ref: ResourceRef, { name }: CreateRequest): Promise<void> {
  const found = await find(client, ref);
  if (found === undefined || !isOwn(found, name))
    throw appErrors.APP_NAME_TAKEN(name, `${ref.resource.slice(0, -1)}/${ref.name}`);
}

function requireType(config: BuildConfig, { name, type }: CreateRequest): void {
  const is = typeOf(config);
  if (is !== type) throw appErrors.APP_OTHER_TYPE(name, is, type);
}

async function find(client: Client, ref: ResourceRef): Promise<KubeObject | undefined> {
  return client.get(ref).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
}

/** A project that was just made gets its accounts in a moment; a token that is asked for an account that is not there is taken away. */
async function accountOf(client: Client, namespace: string, signal: AbortSignal): Promise<void> {
  const ref = { group: '', version: 'v1', resource: 'serviceaccounts', namespace, name: 'builder' };
  for (const until = Date.now() + PATIENCE; (await find(client, ref)) === undefined; await delay(POLL, undefined, { signal }))
    if (Date.now() > until) await client.get(ref);
}

async function tokenOf(client: Client, namespace: string, name: string, signal: AbortSignal): Promise<void> {
  const ref = { ...APP_RESOURCES.secret, namespace, name };
  for (const until = Date.now() + PATIENCE; ; await delay(POLL, undefined, { signal })) {
    const { data } = (await client.get(ref)) as KubeObject & { data?: Record<string, string> };
    if (data?.['token'] !== undefined) return;
    if (Date.now() > until) throw appErrors.APP_NO_TOKEN(name);
  }
}
