import { metadataFromV1, metadataToV1 } from './metadata.ts';
import { type Fields, listAt, objectAt, present } from './shapes.ts';

const STATES: Readonly<Record<string, string>> = { True: 'Full', False: 'None' };

/** A minion is v1's node with its spec at the top. What a node tells of itself (hostIP, resources, status) is not written through it. */
export function minionToV1(object: Fields): { metadata: Fields; spec: Fields } {
  const { metadata, rest } = metadataToV1(object);
  const { hostIP: _hostIP, resources: _resources, status: _status, externalID: _externalID, ...spec } = rest;
  return { metadata, spec: present(spec) };
}

/** A node as v1beta1 shows it. */
export function minionFromV1(node: Fields): Fields {
  const { capacity, addresses, conditions } = objectAt(node['status'], 'status');
  const all = listAt(addresses, 'addresses');
  return present({
    ...metadataFromV1(objectAt(node['metadata'], 'metadata')),
    ...objectAt(node['spec'], 'spec'),
    hostIP: all.find(({ type }) => type === 'InternalIP')?.['address'],
    resources: capacity === undefined ? undefined : { capacity },
    status: {
      addresses: all,
      conditions: listAt(conditions, 'conditions').map(({ type, status, ...same }) => ({
        ...same,
        kind: type,
        status: STATES[String(status)] ?? 'Unknown',
      })),
    },
  });
}
