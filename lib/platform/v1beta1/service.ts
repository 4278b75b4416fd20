import { metadataFromV1, metadataToV1 } from './metadata.ts';
import { type Fields, listAt, objectAt, present } from './shapes.ts';

/** What a service's only port can say at the top of the service. */
const AT_TOP = ['name', 'port', 'protocol', 'targetPort'];

/** A service of v1beta1 has v1's spec at its top: `port`, `containerPort`, `portalIP`, `publicIPs`; `ports` when there are several. */
export function serviceToV1(object: Fields): { metadata: Fields; spec: Fields } {
  const { metadata, rest } = metadataToV1(object);
  const { port, portName, protocol, containerPort, ports, portalIP, publicIPs, createExternalLoadBalancer, ...same } = rest;
  const { proxyPort: _proxyPort, ...spec } = same;
  const listed = listAt(ports, 'ports').map(portToV1);
  const only = portToV1({ name: portName, port, protocol, containerPort });
  return {
    metadata,
    spec: present({
      ...spec,
      type: spec['type'] ?? (createExternalLoadBalancer === true ? 'LoadBalancer' : undefined),
      ports: listed.length > 0 ? listed : port === undefined ? undefined : [only],
      clusterIP: portalIP,
      externalIPs: publicIPs,
    }),
  };
}

/** A service as v1beta1 shows it: what fits into one port. */
export function serviceFromV1(service: Fields): Fields {
  const { ports, clusterIP, externalIPs, ...same } = objectAt(service['spec'], 'spec');
  const all = listAt(ports, 'ports');
  const first = all[0] ?? {};
  const fits = all.length < 2 && Object.keys(first).every((name) => AT_TOP.includes(name));
  return present({
    ...metadataFromV1(objectAt(service['metadata'], 'metadata')),
    ...same,
    port: first['port'],
    portName: first['name'],
    protocol: first['protocol'],
    containerPort: first['targetPort'],
    ports: fits ? undefined : all.map(({ targetPort, ...entry }) => present({ ...entry, containerPort: targetPort })),
    portalIP: clusterIP,
    publicIPs: externalIPs,
    createExternalLoadBalancer: same['type'] === 'LoadBalancer' ? true : undefined,
  });
}

/** 0 and nothing stood for the service's own port. */
const portToV1 = ({ containerPort, ...same }: Fields): Fields =>
  present({ ...same, targetPort: containerPort === 0 || containerPort === '' ? undefined : containerPort });
