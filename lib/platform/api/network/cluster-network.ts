import { column, nameColumn } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import type { StrategyContext } from '../strategy.ts';
import { NETWORK, schemaOf } from './net-namespace.ts';

/** network.openshift.io/v1 ClusterNetwork. */
interface ClusterNetwork extends KubeObject {
  network: string;
  hostsubnetlength: number;
  serviceNetwork: string;
  pluginName: string;
  clusterNetworks: { CIDR: string; hostSubnetLength: number }[];
}

/** `oc adm pod-network` looks here for the plug-in that keeps projects apart, and does nothing with another one. */
function list({ allocations, settings: { network } }: StrategyContext): Promise<ClusterNetwork[]> {
  const { clusterCIDR, hostSubnetLength, isolateProjects } = network;
  const object: ClusterNetwork = {
    apiVersion: `${NETWORK.group}/${NETWORK.version}`,
    kind: 'ClusterNetwork',
    metadata: { name: 'default' },
    network: clusterCIDR,
    hostsubnetlength: hostSubnetLength,
    serviceNetwork: allocations.range('clusterIPs'),
    pluginName: isolateProjects ? 'redhat/openshift-ovs-multitenant' : 'redhat/openshift-ovs-networkpolicy',
    clusterNetworks: [{ CIDR: clusterCIDR, hostSubnetLength }],
  };
  return Promise.resolve([object]);
}

const field = (name: keyof ClusterNetwork) => (object: KubeObject) => String((object as ClusterNetwork)[name]);

/** What the configuration says of the network, under the name that OpenShift 3's clients know. */
export const clusterNetwork = defineResource({
  ...NETWORK,
  kind: 'ClusterNetwork',
  plural: 'clusternetworks',
  namespaced: false,
  schema: schemaOf('ClusterNetwork'),
  verbs: ['get', 'list'],
  virtual: { list },
  columns: [
    nameColumn,
    column('Cluster Network', field('network')),
    column('Service Network', field('serviceNetwork')),
    column('Plugin Name', field('pluginName')),
  ],
});
