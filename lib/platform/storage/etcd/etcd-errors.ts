import { defineErrors } from '../../../common/errors.ts';

/** What keeps the platform from using an etcd. */
export const etcdErrors = defineErrors({
  ETCD_UNREACHABLE: {
    failure: 'platform',
    message: (endpoints: string, why: string) => `no etcd answers at ${endpoints}: ${why}`,
    hint: () => 'look at the members (etcdctl endpoint status), the address and the certificates in "etcd" of the configuration',
  },
  ETCD_TOO_OLD: {
    failure: 'platform',
    message: (endpoint: string, version: string) => `the etcd at ${endpoint} is version ${version}`,
    // https://github.com/etcd-io/etcd/issues/15220 and 17507.
    hint: () => 'upgrade it to 3.4.31, 3.5.13 or newer: older ones tell of progress before they have told of the events',
  },
  ETCD_REFUSED: {
    failure: 'platform',
    message: (endpoint: string, why: string) => `the etcd at ${endpoint} refuses: ${why}`,
    hint: () => 'give the user of the client certificate ("etcd.certFile") the root role, or read and write below "etcd.prefix"',
  },
  ETCD_IN_USE: {
    failure: 'conflict',
    message: (prefix: string, holder: string) => `${prefix} in this etcd is in use by the platform on ${holder}`,
    hint: () => 'one platform writes at a time: stop the other one, or give this one an "etcd.prefix" of its own',
  },
  ETCD_TAKEN_OVER: {
    failure: 'conflict',
    message: (prefix: string, holder: string) => `the platform on ${holder} has taken ${prefix} in this etcd over`,
    hint: () => 'this one was not heard of for too long; it may start again when the other one is stopped',
  },
  ETCD_NOT_EMPTY: {
    failure: 'conflict',
    message: (prefix: string) => `${prefix} in this etcd is not empty`,
    hint: (prefix: string) =>
      `restore below another "etcd.prefix", or remove what is there: etcdctl del --prefix ${prefix}/; nothing was changed`,
  },
  ETCD_RESTORE_UNFINISHED: {
    failure: 'platform',
    message: (prefix: string) => `${prefix} in this etcd holds a restore that was cut off`,
    hint: () => 'run "openshift restore" again: it begins anew',
  },
  ETCD_CLOSED: {
    failure: 'platform',
    message: (endpoints: string) => `the store ${endpoints} is closed`,
  },
});
