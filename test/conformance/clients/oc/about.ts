import type { WireFlow } from '../../../support/wire/wire-flow.ts';

const CONSOLE = '/api/v1/namespaces/openshift-config-managed/configmaps/console-public';

/** There is no console of the web: oc then shows the server's own address, to those who may know that. */
export const showConsole: WireFlow = {
  command: 'oc whoami --show-console',
  steps: [
    {
      call: `GET ${CONSOLE}`,
      accept: 'typed',
      membersOnly: true,
      status: 404,
      reads: { kind: 'Status', reason: 'NotFound', details: { kind: 'configmaps', name: 'console-public' } },
    },
  ],
};

/** Versions of OpenShift 4 are told by an operator that is not here: oc leaves them out. */
export const version: WireFlow = {
  command: 'oc version',
  steps: [
    { call: 'GET /version', status: 200, reads: { major: '1' }, check: ({ object }) => /^v1\.\d+\.\d+/.test(object.gitVersion) },
    { call: 'GET /apis/config.openshift.io/v1/clusterversions/version', membersOnly: true, status: 404 },
  ],
};

export const apiResources: WireFlow = {
  command: 'oc api-resources',
  steps: ['/api', '/apis'].map((call) => ({
    call: `GET ${call}`,
    accept: 'discovery' as const,
    status: 200,
    reads: { kind: 'APIGroupDiscoveryList' },
  })),
};
