import { defineErrors } from '../../common/errors.ts';

/** What can be wrong with what the OAuth server is configured with. */
export const oauthErrors = defineErrors({
  HTPASSWD_UNREADABLE: {
    failure: 'usage',
    message: (path: string) => `cannot read password file ${path}`,
    hint: (path: string) => `create ${path} with htpasswd -B, or take "htpasswdFile" out of the configuration`,
  },
  HTPASSWD_INVALID: {
    failure: 'usage',
    // Never the line itself: it may hold a password that somebody forgot to hash.
    message: (path: string, line: number, why: string) => `${path}, line ${line}: ${why}`,
    hint: () => 'htpasswd -B FILE NAME writes such a line; docs/users.md tells more; nothing was started',
  },
});
