import type { UserInfo } from '../verbs.ts';

/** authentication/v1 UserInfo, without what is not said. */
export const userInfoOf = ({ name, uid, groups, extra }: UserInfo): object => ({
  username: name,
  ...(uid === undefined ? {} : { uid }),
  ...(groups.length === 0 ? {} : { groups: [...groups] }),
  ...(extra === undefined || Object.keys(extra).length === 0 ? {} : { extra: { ...extra } }),
});
