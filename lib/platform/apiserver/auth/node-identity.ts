import type { UserInfo } from '../../api/verbs.ts';

const PREFIX = 'system:node:';

/** The node that a user is, as its certificate says: CN system:node:NAME, O system:nodes. */
export function nodeNameOf(user: UserInfo): string | undefined {
  if (!user.groups.includes('system:nodes') || !user.name.startsWith(PREFIX)) return undefined;
  return user.name.slice(PREFIX.length) || undefined;
}
