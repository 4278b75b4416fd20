import { defineErrors } from '../../common/errors.ts';

/** What can be wrong with a call of kubecfg. */
export const kubecfgErrors = defineErrors({
  KUBECFG_USAGE: {
    failure: 'usage',
    message: (what: string) => what,
    hint: () => 'see kubecfg -help',
  },
  KUBECFG_CONFIG_UNREADABLE: {
    failure: 'usage',
    message: (source: string, why: string) => `cannot read an object from ${source}: ${why}`,
    hint: () => 'give a file, an http(s) URL or - with one object of v1beta1 as JSON or YAML',
  },
  KUBECFG_AUTH_UNREADABLE: {
    failure: 'usage',
    message: (path: string, why: string) => `cannot use ${path}: ${why}`,
    hint: () =>
      'it is JSON: {"BearerToken": "...", "CAFile": "...", "CertFile": "...", "KeyFile": "..."}, each where there is one',
  },
  KUBECFG_NOT_STOPPED: {
    failure: 'conflict',
    message: (name: string, replicas: number) => `controller ${name} has non-zero replicas (${replicas})`,
    hint: (name: string) => `kubecfg stop ${name}`,
  },
});
