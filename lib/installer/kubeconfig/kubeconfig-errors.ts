import { defineErrors } from '../../common/errors.ts';

/** What can be wrong with a kubeconfig of the person who asks. */
export const kubeconfigErrors = defineErrors({
  KUBECONFIG_NAME_TAKEN: {
    failure: 'conflict',
    message: (path: string, what: string, name: string) =>
      `${path} has a ${what} ${JSON.stringify(name)} that is not of this server`,
    hint: () => 'choose another name with --context, or another file with --output',
  },
  KUBECONFIG_ABSENT: {
    failure: 'platform',
    message: (host: string, path: string) => `${host}: ${path} is not there: OpenShift has not written it yet`,
    hint: (host: string) => `start it, or see why it does not run: oo-install logs ${host}`,
  },
  KUBECONFIG_STRANGE: {
    failure: 'platform',
    message: (host: string, path: string) => `${host}: ${path} is not what OpenShift writes there, so nothing of it is taken`,
    hint: (host: string) => `look at it on the server; a restart writes it anew: oo-install restart ${host}`,
  },
  SERVER_INVALID: {
    failure: 'usage',
    message: (text: string) => `${JSON.stringify(text)} is no URL of an API`,
    hint: () => 'write it as https://HOST:PORT',
  },
});
