import { podDescriptions } from './pod-descriptions.ts';
import { workloadDescriptions } from './workload-descriptions.ts';

/**
 * What `kubectl explain` says, for the kinds that users write by hand. Types by OpenAPI name without `io.k8s.api.` or
 * `io.k8s.apimachinery.pkg.apis.`; `''` is the type itself. Fields that are not here show with their type alone.
 */
export type Texts = Readonly<Record<string, string>>;

const OBJECT: Texts = {
  apiVersion: 'Group and version of the schema that this object follows.',
  kind: 'What this object is. Cannot be changed.',
  metadata: 'Name, labels and the other things that every object has.',
};

const descriptions: Readonly<Record<string, Texts>> = {
  ...workloadDescriptions(OBJECT),
  ...podDescriptions(OBJECT),
  'core.v1.Service': {
    ...OBJECT,
    '': 'A stable address for a changing set of pods.',
    spec: 'Which pods, on which ports, reachable from where.',
    status: 'What a load balancer has set up.',
  },
  'core.v1.ServiceSpec': {
    '': 'What a service does.',
    clusterIP: 'Address within the cluster, chosen when absent. None for a headless service. Cannot be changed.',
    clusterIPs: 'Addresses within the cluster; the first is clusterIP.',
    externalIPs: 'Further addresses of nodes at which the service answers.',
    externalName: 'DNS name that an ExternalName service stands for.',
    externalTrafficPolicy: 'Whether traffic from outside may go on to pods of other nodes.',
    internalTrafficPolicy: 'Whether traffic from inside may go on to pods of other nodes.',
    ipFamilies: 'IPv4, IPv6 or both.',
    ipFamilyPolicy: 'Whether one address family is wanted or two.',
    ports: 'Ports of the service.',
    publishNotReadyAddresses: 'Whether pods that are not ready count too.',
    selector: 'Labels of the pods. Without it, endpoints are managed by somebody else.',
    sessionAffinity: 'ClientIP keeps a client on the same pod.',
    type: 'How the service is reached: within the cluster, by a port of every node, by a load balancer, or as a DNS alias.',
  },
  'core.v1.ServicePort': {
    '': 'A port of a service.',
    appProtocol: 'What is spoken on this port.',
    name: 'Name of the port, unique within the service; required when there are several.',
    nodePort: 'Port of every node that leads here, chosen when absent.',
    port: 'Number of the port.',
    protocol: 'TCP, UDP or SCTP.',
    targetPort: 'Port of the pods, by number or by name. Defaults to port.',
  },
  'core.v1.ReplicationController': {
    ...OBJECT,
    '': 'Keeps a number of equal pods running.',
    spec: 'How many pods, and of what kind.',
    status: 'How many there are.',
  },
  'core.v1.ReplicationControllerSpec': {
    '': 'What a replication controller keeps running.',
    minReadySeconds: 'Seconds that a new pod must be ready before it counts as available.',
    replicas: 'Number of pods wanted.',
    selector: "Labels of the pods that count. Defaults to the template's.",
    template: 'The pod to create when there are too few.',
  },
  'core.v1.ConfigMap': {
    ...OBJECT,
    '': 'Configuration for pods: keys with their values.',
    binaryData: 'Values that are not UTF-8, in base64.',
    data: 'Keys and their texts.',
    immutable: 'Whether the data can no longer be changed.',
  },
  'core.v1.Secret': {
    ...OBJECT,
    '': 'Secret data for pods: at most 1 MiB.',
    data: 'Keys and their values, in base64.',
    immutable: 'Whether the data can no longer be changed.',
    stringData: 'Keys and their values in plain text, for writing only: they become data.',
    type: 'What is in it; some types must have certain keys.',
  },
  'core.v1.Namespace': {
    ...OBJECT,
    '': 'A scope for names. Deleting it deletes everything in it.',
    spec: 'What must be done before it may go.',
    status: 'Whether it is active or on its way out.',
  },
  'core.v1.Node': {
    ...OBJECT,
    '': 'A machine that runs pods.',
    spec: 'How the machine is to be used.',
    status: 'What the machine last reported.',
  },
  'core.v1.NodeSpec': {
    '': 'How a node is to be used.',
    podCIDR: "Range of the node's pods.",
    podCIDRs: "Ranges of the node's pods; the first is podCIDR.",
    taints: 'What keeps pods away that do not tolerate it.',
    unschedulable: 'Whether no new pods may come (kubectl cordon).',
  },
  'core.v1.ServiceAccount': {
    ...OBJECT,
    '': 'An identity that pods act as.',
    automountServiceAccountToken: 'Whether pods get a token mounted, unless they say otherwise.',
    imagePullSecrets: 'Secrets that pods of this account use for image registries.',
    secrets: 'Secrets that pods of this account may use.',
  },
  'core.v1.Endpoints': {
    ...OBJECT,
    '': 'The addresses behind a service.',
    subsets: 'Addresses with the ports that they have in common.',
  },
  'core.v1.Event': {
    ...OBJECT,
    '': 'Something that happened to an object. Kept for an hour.',
    count: 'How often it happened.',
    involvedObject: 'What it happened to.',
    message: 'What happened, for people.',
    reason: 'What happened, for programs.',
    type: 'Normal or Warning.',
  },
  'coordination.v1.Lease': { ...OBJECT, '': 'A sign of life, renewed by its holder.', spec: 'Who holds it and since when.' },
  'meta.v1.ObjectMeta': {
    '': 'What every stored object has.',
    annotations: 'Notes of tools and people. Not for selecting.',
    creationTimestamp: 'When the object was created. Set by the server.',
    deletionGracePeriodSeconds: 'Seconds that a deleted object has to end. Set by the server.',
    deletionTimestamp: 'When a deleted object will be gone. Set by the server.',
    finalizers: 'Who still has to do something before a deleted object may go.',
    generateName: 'Beginning of a name that the server completes.',
    generation: 'Counts the changes of what is wanted. Set by the server.',
    labels: 'Keys and values that selectors find the object by.',
    managedFields: 'Which client set which fields. Set by the server.',
    name: 'Name, unique among objects of its kind in the namespace. Cannot be changed.',
    namespace: 'The scope of the name. Cannot be changed.',
    ownerReferences: 'Objects that this one belongs to: when they are all gone, it goes.',
    resourceVersion: 'Changes with each write; an update that names an old one is refused.',
    selfLink: 'No longer set.',
    uid: 'Unique over time and space. Set by the server.',
  },
};

const SHORT = /^io\.k8s\.(?:api|apimachinery\.pkg\.apis)\.(.+)$/;

/** The text about a type, or about one of its fields; undefined when there is none. */
export function describe(schemaName: string, field = ''): string | undefined {
  const short = SHORT.exec(schemaName)?.[1];
  if (short === undefined || !Object.hasOwn(descriptions, short)) return undefined;
  const texts = descriptions[short]!;
  return Object.hasOwn(texts, field) ? texts[field] : undefined;
}

/** Every type and field that has a text, for the test that they exist. */
export const describedFields = (): [type: string, field: string][] =>
  Object.entries(descriptions).flatMap(([type, texts]) => Object.keys(texts).map((field): [string, string] => [type, field]));
