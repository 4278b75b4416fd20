import { defineErrors } from '../errors.ts';

/** What can be wrong with a kubeconfig that is to be changed. */
export const kubeconfigFileErrors = defineErrors({
  KUBECONFIG_UNREADABLE: {
    failure: 'conflict',
    message: (path: string, why: string) => `${path} is no kubeconfig: ${why}`,
    hint: () => 'mend it, or name another file; nothing was written',
  },
  KUBECONFIG_LOCKED: {
    failure: 'conflict',
    message: (lock: string) => `another program is writing the kubeconfig: ${lock} is there`,
    hint: (lock: string) => `wait for it to end; if none runs any more, remove ${lock}`,
  },
});
