import type { WireFlow } from '../../../support/wire/wire-flow.ts';

const NETWORK = '/apis/network.openshift.io/v1';
const CHANGE = 'pod.network.openshift.io/multitenant.change-network';

/** The plug-in first, the projects next, then each one's network; oc waits until its wish is no longer to be read. */
const change = (command: string, projects: readonly string[], wish: string, check: (netid: number) => boolean): WireFlow => ({
  command,
  steps: [
    {
      call: `GET ${NETWORK}/clusternetworks/default`,
      membersOnly: true,
      status: 200,
      reads: { pluginName: 'redhat/openshift-ovs-multitenant' },
    },
    ...projects.flatMap((name): WireFlow['steps'] => [
      { call: `GET /apis/project.openshift.io/v1/projects/${name}`, status: 200, reads: { kind: 'Project' } },
      {
        call: `GET ${NETWORK}/netnamespaces/${name}`,
        membersOnly: true,
        status: 200,
        reads: { kind: 'NetNamespace', netname: name },
        keep: ({ object }) => ({ network: object }),
      },
      ({ network }) => ({
        call: `PUT ${NETWORK}/netnamespaces/${name}`,
        json: { ...network, metadata: { ...network.metadata, annotations: { [CHANGE]: wish } } },
        membersOnly: true,
        status: 200,
      }),
      {
        call: `GET ${NETWORK}/netnamespaces/${name}`,
        status: 200,
        check: ({ object }) => object.metadata.annotations?.[CHANGE] === undefined && check(object.netid),
      },
    ]),
  ],
});

export const podNetworks = (project: string, other: string): WireFlow[] => [
  change(`oc adm pod-network join-projects --to=${project} ${other}`, [other], `join:${project}`, (netid) => netid > 0),
  change(`oc adm pod-network make-projects-global ${other}`, [other], 'global:', (netid) => netid === 0),
  change(`oc adm pod-network isolate-projects ${other}`, [other], 'isolate:', (netid) => netid > 0),
];
