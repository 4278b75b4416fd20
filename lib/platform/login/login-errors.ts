import { defineErrors } from '../../common/errors.ts';

/** What can go wrong with `openshift login` and its like, beside what the API itself answers. Nothing was written then. */
export const loginErrors = defineErrors({
  LOGIN_SERVER_NEEDED: {
    failure: 'usage',
    message: (path: string) => `no server was named, and ${path} has none`,
    hint: () => 'name it: openshift login https://HOST:8443',
  },
  LOGIN_SERVER_INVALID: {
    failure: 'usage',
    message: (text: string) => `${JSON.stringify(text)} is no address of a platform`,
    hint: () => 'write it as https://HOST:8443',
  },
  LOGIN_AUTHORITY_NEEDED: {
    failure: 'usage',
    message: (server: string) => `nothing tells whether ${server} is the server that it says it is`,
    hint: () =>
      'give its authority with --certificate-authority: on the server it is /var/lib/openshift/pki/ca.crt, and no secret',
  },
  LOGIN_AUTHORITY_UNREADABLE: {
    failure: 'usage',
    message: (path: string, why: string) => `${path} is no certificate of an authority: ${why}`,
    hint: () => 'on the server it is /var/lib/openshift/pki/ca.crt',
  },
  LOGIN_NAME_OTHER: {
    failure: 'platform',
    message: (server: string, why: string) => `the certificate of ${server} is not for that name: ${why}`,
    hint: () =>
      'log in at one that it is for, or have tlsSANs in the configuration of the server name this one too (docs/kubeconfig.md)',
  },
  LOGIN_SERVER_STRANGE: {
    failure: 'platform',
    message: (server: string, why: string) => `${server} does not log in anybody: ${why}`,
    hint: () => 'see whether it is the address of the platform, and its authority',
  },
  LOGIN_AUTHORITY_OTHER: {
    failure: 'platform',
    message: (server: string, why: string) => `${server} does not show the authority that it is known by: ${why}`,
    hint: () =>
      'somebody else answers there, or the platform was installed anew, which its administrator knows: then give its new authority with --certificate-authority',
  },
  LOGIN_REFUSED: {
    failure: 'usage',
    message: (user: string) => `the user name or the password is wrong: ${user} was not logged in`,
  },
  LOGIN_WAIT: {
    failure: 'usage',
    message: (seconds: string) => `too many wrong passwords: the server wants ${seconds} seconds of rest`,
  },
  LOGIN_USER_INVALID: {
    failure: 'usage',
    message: (user: string) =>
      `${JSON.stringify(user)} cannot be the name of a user: it is empty, or has a colon or a line break`,
  },
  LOGIN_PASSWORD_NEEDED: {
    failure: 'usage',
    message: (what: string) => `nobody is there to be asked for ${what}`,
    hint: () => 'run it in a terminal, or give --username, and the password with --password-stdin',
  },
  LOGIN_INTERRUPTED: { failure: 'interrupted', message: () => 'interrupted: nobody was logged in' },
  LOGIN_NO_TOKEN: {
    failure: 'usage',
    message: (path: string) => `${path} has no token that could be ended`,
    hint: () => 'a client certificate cannot be logged out; it is good until it expires',
  },
});
