import { type Authorizer, isResourceQuery } from './authorizer.ts';

/** Members of system:masters may do everything. */
export const masters: Authorizer = {
  authorize: ({ user }) => ({ allowed: user.groups.includes('system:masters') }),
};

/** Open to anybody, as system:public-info-viewer. */
const PUBLIC = new Set(['/healthz', '/livez', '/readyz', '/version', '/version/']);

/** Open to everybody who is known, as system:discovery. */
const DISCOVERY = ['/api', '/apis', '/openapi', '/version', '/healthz', '/livez', '/readyz'];

const below = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);

/** Kinds of a question about oneself, as system:basic-user. */
const SELF_REVIEWS = new Set(['selfsubjectreviews', 'selfsubjectaccessreviews', 'selfsubjectrulesreviews']);

/** Paths that answer everybody, logged in or not. */
export const isPublicPath = (path: string): boolean =>
  PUBLIC.has(path) || ['/healthz/', '/livez/', '/readyz/'].some((folder) => path.startsWith(folder));

/** What every authenticated user may: find out what there is, and who they are. */
export const basicUser: Authorizer = {
  authorize(query) {
    if (!isResourceQuery(query)) {
      if (isPublicPath(query.path) && query.verb === 'get') return { allowed: true };
      const known = query.user.groups.includes('system:authenticated');
      return { allowed: known && query.verb === 'get' && DISCOVERY.some((folder) => below(query.path, folder)) };
    }
    const known = query.user.groups.includes('system:authenticated');
    return { allowed: known && query.verb === 'create' && query.group.endsWith('.k8s.io') && SELF_REVIEWS.has(query.resource) };
  },
};
