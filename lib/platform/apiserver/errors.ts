import { defineErrors } from '../../common/errors.ts';

/** What keeps the API server from starting. */
export const apiServerErrors = defineErrors({
  API_PORT_IN_USE: {
    failure: 'conflict',
    message: (host: string, port: number) => `port ${port} on ${host} is used by another program`,
    hint: (_host: string, port: number) =>
      `find it with "ss -ltnp sport = :${port}" and stop it, or set another port in "listen" of the configuration`,
  },
  API_PORT_FORBIDDEN: {
    failure: 'preflight',
    message: (host: string, port: number) => `no permission to listen on port ${port} of ${host}`,
    hint: () => 'run as root, or set a port above 1023 in "listen" of the configuration',
  },
  TOKEN_FILE_UNREADABLE: {
    failure: 'usage',
    message: (path: string) => `cannot read token file ${path}`,
    hint: (path: string) => `create ${path}, or take "tokenFile" out of the configuration`,
  },
  TOKEN_FILE_INVALID: {
    failure: 'usage',
    // Never the line itself: it may hold a token that somebody forgot to hash.
    message: (path: string, line: number, why: string) => `${path}, line ${line}: ${why}`,
    hint: () => 'a line is sha256:HEX,USER,UID,"GROUP,GROUP"; docs/access.md tells how to make one; nothing was started',
  },
  AUDIT_POLICY_UNREADABLE: {
    failure: 'usage',
    message: (path: string) => `cannot read audit policy ${path}`,
    hint: (path: string) => `create ${path}, or take "audit" out of the configuration`,
  },
  AUDIT_POLICY_INVALID: {
    failure: 'usage',
    message: (path: string, problems: string) => `${path} is not an audit policy: ${problems}`,
    hint: () => 'docs/access.md has one to begin with; nothing was started',
  },
  API_ADDRESS_UNKNOWN: {
    failure: 'preflight',
    message: (host: string) => `this machine has no address ${host}`,
    hint: () => 'set "listen" of the configuration to 0.0.0.0 or to an address of this machine',
  },
});
