import { labelSetMatcher } from '../selectors/label-selector.ts';
import { isNotFound, newForbidden } from '../status-error.ts';
import type { ProjectLimits } from '../strategy.ts';
import type { VirtualContext } from '../virtual-resource.ts';
import { PROJECT, REQUESTER } from './project-annotations.ts';

const PROJECTS = { ...PROJECT, resource: 'projects' } as const;
const USERS = { group: 'user.openshift.io', version: 'v1', resource: 'users' } as const;

/** Requests under way, by requester: the next one counts what the one before has made. */
const queues = new Map<string, Promise<unknown>>();

/**
 * Makes a project when its requester may have one more (OpenShift: admission plug-in project.openshift.io/ProjectRequestLimit, whose
 * words these are). Projects that are going away do not count.
 */
export async function withinLimit<T>(name: string, context: VirtualContext, make: () => Promise<T>): Promise<T> {
  const { user, settings } = context;
  const { limits } = settings.projects;
  if (limits === undefined) return make();
  const turn = (queues.get(user.name) ?? Promise.resolve()).then(async () => {
    const most = await mostProjects(limits, context);
    if (most !== undefined && (await countProjects(name, context)) >= most)
      throw newForbidden(
        { group: PROJECT.group, resource: 'projectrequests' },
        name,
        `user ${user.name} cannot create more than ${most} project(s).`,
      );
    return make();
  });
  const settled = turn.catch(() => undefined);
  queues.set(user.name, settled);
  try {
    return await turn;
  } finally {
    if (queues.get(user.name) === settled) queues.delete(user.name);
  }
}

/** Undefined: as many as the user likes. */
async function mostProjects(
  { byLabels, forServiceAccounts, forSystemUsers }: ProjectLimits,
  { user, verbs }: VirtualContext,
): Promise<number | undefined> {
  if (user.groups.includes('system:masters')) return undefined;
  if (user.name.startsWith('system:serviceaccount:')) return forServiceAccounts;
  // No name that anybody can log in with.
  if (user.name.includes(':')) return forSystemUsers;
  const labels = await verbs
    .get({ ...USERS, name: user.name })
    .then(({ metadata }) => metadata.labels ?? {})
    .catch((error: unknown) => (isNotFound(error) ? {} : Promise.reject(error)));
  return byLabels.find(({ selector = {} }) => labelSetMatcher(selector)(labels))?.maxProjects;
}

/** A request that is sent again for what it had begun does not count itself. */
async function countProjects(name: string, { user, verbs }: VirtualContext): Promise<number> {
  const { items } = await verbs.list(PROJECTS);
  return items.filter(
    ({ metadata }) =>
      metadata.annotations?.[REQUESTER] === user.name && metadata.deletionTimestamp === undefined && metadata.name !== name,
  ).length;
}
