import { absent, asFields, asList, type Rule, type Rules } from './rule.ts';

const core = 'io.k8s.api.core.v1.';

const serviceSpec: Rule = (object) => {
  object.sessionAffinity ??= 'None';
  if (object.sessionAffinity === 'None') delete object.sessionAffinityConfig;
  else if (object.sessionAffinity === 'ClientIP') object.sessionAffinityConfig ??= { clientIP: { timeoutSeconds: 10800 } };
  object.type ??= 'ClusterIP';
  for (const port of asList(object.ports))
    if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '') port.targetPort = port.port;
  const external = object.type === 'NodePort' || object.type === 'LoadBalancer';
  if (external) object.externalTrafficPolicy ??= 'Cluster';
  if (object.type !== 'ExternalName') object.internalTrafficPolicy ??= 'Cluster';
  if (object.type === 'LoadBalancer') object.allocateLoadBalancerNodePorts ??= true;
};

const namespace: Rule = (object) => {
  const metadata = asFields((object.metadata ??= {}));
  if (typeof metadata.name !== 'string' || metadata.name === '') return;
  asFields((metadata.labels ??= {}))['kubernetes.io/metadata.name'] = metadata.name;
};

const nodeStatus: Rule = (object) => {
  if (object.capacity !== undefined) object.allocatable ??= structuredClone(object.capacity);
};

/** Of volumes and claims; claims of templates too: their state shows in a stateful set. */
const pendingPhase: Rule = (object) => {
  asFields((object.status ??= {})).phase ??= 'Pending';
};

/** Of the other kinds of the core group, and of what goes with services and accounts. */
export const coreDefaults: Rules = {
  [`${core}EndpointPort`]: absent({ protocol: 'TCP' }),
  [`${core}ServiceSpec`]: serviceSpec,
  [`${core}Namespace`]: namespace,
  [`${core}Secret`]: absent({ type: 'Opaque' }),
  [`${core}PersistentVolumeClaim`]: pendingPhase,
  [`${core}PersistentVolume`]: pendingPhase,
  [`${core}PersistentVolumeClaimSpec`]: absent({ volumeMode: 'Filesystem' }),
  [`${core}PersistentVolumeSpec`]: absent({ persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' }),
  [`${core}NodeStatus`]: nodeStatus,
  'io.k8s.api.authentication.v1.TokenRequestSpec': absent({ expirationSeconds: 3600 }),
  'io.k8s.api.discovery.v1.EndpointPort': absent({ name: '', protocol: 'TCP' }),
};
