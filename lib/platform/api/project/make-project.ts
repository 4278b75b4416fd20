import type { VirtualContext } from '../virtual-resource.ts';
import type { KubeObject } from '../meta.ts';
import { isAlreadyExists, isNotFound, newAlreadyExists, newInternalError } from '../status-error.ts';
import type { ResourceRef } from '../verbs.ts';
import { DEFAULT_ACCOUNTS, defaultBindings, ROLE_BINDINGS, SERVICE_ACCOUNTS, serviceAccount } from './default-objects.ts';
import { PROJECT, REQUESTER, UNFINISHED } from './project-annotations.ts';
import type { RequestedObjects } from './requested-objects.ts';

const PROJECTS = { ...PROJECT, resource: 'projects' } as const;
const NAMESPACES = { group: '', version: 'v1', resource: 'namespaces' } as const;

/** After so many ms without an end, whoever asked for a project may take it up again. */
const ABANDONED = 15_000;

/**
 * Makes a project with all that belongs into it, or nothing. The namespace is marked until everything is there: what fails is taken back at once, and
 * what was interrupted is finished by the same request again, or taken back by a controller after a while (project-request-controller).
 */
export async function makeProject(
  name: string,
  { metadata, content }: RequestedObjects,
  context: VirtualContext,
): Promise<KubeObject> {
  const { verbs, dryRun, now } = context;
  const annotations = { ...metadata.annotations, [UNFINISHED]: now };
  const project = { apiVersion: `${PROJECT.group}/v1`, kind: 'Project', metadata };
  if (dryRun)
    return await verbs.create(PROJECTS, project, { dryRun }).catch((error: unknown) => Promise.reject(named(error, name)));
  const marked = await verbs
    .create(PROJECTS, { ...project, metadata: { ...metadata, annotations } })
    .catch((error: unknown) => takeUp(name, error, context));
  try {
    await Promise.all([
      ...DEFAULT_ACCOUNTS.map((account) =>
        ensure({ ...SERVICE_ACCOUNTS, namespace: name }, serviceAccount(name, account), context),
      ),
      ...defaultBindings(name).map((binding) => ensure({ ...ROLE_BINDINGS, namespace: name }, binding, context)),
    ]);
    // In the template's order: what comes later may need what comes before.
    for (const object of content) await ensure(placeOf(object, name, context), object, context);
    return await finish(name, context);
  } catch (error) {
    await takeBack(name, marked.metadata.uid!, context);
    throw error;
  }
}

const ensure = async (ref: ResourceRef, object: KubeObject, { verbs }: VirtualContext): Promise<void> => {
  try {
    await verbs.create(ref, object);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
};

function placeOf(object: KubeObject, namespace: string, { kindOf }: VirtualContext): ResourceRef {
  const found = kindOf(object.apiVersion, object.kind);
  if (found === undefined)
    throw newInternalError(`the project template has an object of unknown kind ${object.apiVersion} ${object.kind}`);
  const { namespaced, ...resource } = found;
  return namespaced ? { ...resource, namespace: object.metadata.namespace ?? namespace } : resource;
}

/** A project that the same user has asked for before, and that was left half made. */
async function takeUp(name: string, error: unknown, { verbs, user, now }: VirtualContext): Promise<KubeObject> {
  if (!isAlreadyExists(error)) throw error;
  const there = await verbs.get({ ...PROJECTS, name }).catch((failed: unknown) => {
    throw isNotFound(failed) ? named(error, name) : failed;
  });
  const { annotations = {}, resourceVersion, deletionTimestamp } = there.metadata;
  const begun = annotations[UNFINISHED];
  const abandoned = begun !== undefined && Date.parse(now) - Date.parse(begun) >= ABANDONED;
  if (!abandoned || deletionTimestamp !== undefined || annotations[REQUESTER] !== user.name) throw named(error, name);
  return await mark(name, now, { verbs }, resourceVersion);
}

const finish = (name: string, context: VirtualContext): Promise<KubeObject> => mark(name, null, context);

/** Marks are between the server and the namespace: a project's own users do not set them. */
async function mark(
  name: string,
  value: string | null,
  { verbs }: Pick<VirtualContext, 'verbs'>,
  resourceVersion?: string,
): Promise<KubeObject> {
  const metadata = { annotations: { [UNFINISHED]: value }, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
  await verbs.patch({ ...NAMESPACES, name }, 'application/merge-patch+json', { metadata });
  return verbs.get({ ...PROJECTS, name });
}

async function takeBack(name: string, uid: string, { verbs }: VirtualContext): Promise<void> {
  await verbs.delete({ ...PROJECTS, name }, { preconditions: { uid } }).catch(() => undefined);
}

/** The namespace that is in the way is nobody's business: what was asked for is a project. */
const named = (error: unknown, name: string): unknown =>
  isAlreadyExists(error) ? newAlreadyExists({ group: PROJECT.group, resource: 'project' }, name) : error;
