import { createHash } from 'node:crypto';
import { column, countColumn, nameColumn } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import { isNotFound, newConflict, newInvalid, newNotFound, OPTIMISTIC_LOCK_TEXT, type StatusCause } from '../status-error.ts';
import type { StrategyContext } from '../strategy.ts';
import { forbidden, invalid } from '../validation/causes.ts';
import type { PartContext } from '../virtual-resource.ts';
import { GLOBAL_ANNOTATION, isPlatforms, JOIN_ANNOTATION, projectNetworks } from './project-networks.ts';

export const NETWORK = { group: 'network.openshift.io', version: 'v1' } as const;
/** Where the field tables of a kind of network.openshift.io are. */
export const schemaOf = (kind: string): string => `com.github.openshift.api.network.v1.${kind}`;

const NAMESPACES = { group: '', version: 'v1', resource: 'namespaces' } as const;
const NET_NAMESPACES = { ...NETWORK, kind: 'NetNamespace', resource: 'netnamespaces' } as const;
/** What is to become of a network: `global:`, `isolate:` or `join:PROJECT` (library-go, pkg/network/networkapihelpers). */
const CHANGE = 'pod.network.openshift.io/multitenant.change-network';
const CHANGE_FIELD = `metadata.annotations[${CHANGE}]`;

/** network.openshift.io/v1 NetNamespace. */
interface NetNamespace extends KubeObject {
  netname?: string;
  netid?: number;
  egressIPs?: string[] | null;
}

/** Projects with the same number are in one network; 0 is the one that reaches all. The numbers are made of the networks' names, and kept nowhere. */
const numberOf = (network: string): number =>
  network === '' ? 0 : Math.max(1, createHash('sha256').update(network).digest().readUInt32BE());

function shown({ metadata }: KubeObject, networkOf: (name: string) => string): NetNamespace {
  const { name = '', uid, resourceVersion, creationTimestamp } = metadata;
  return {
    apiVersion: `${NETWORK.group}/${NETWORK.version}`,
    kind: NET_NAMESPACES.kind,
    metadata: { name, uid: uid!, resourceVersion: resourceVersion!, creationTimestamp: creationTimestamp! },
    netname: name,
    netid: numberOf(networkOf(name)),
  };
}

async function list({ verbs }: StrategyContext): Promise<NetNamespace[]> {
  const { items } = await verbs.list(NAMESPACES);
  const networkOf = projectNetworks(items);
  return items.map((namespace) => shown(namespace, networkOf));
}

type Annotations = Readonly<Record<string, string | null>>;
const ALONE: Annotations = { [GLOBAL_ANNOTATION]: null, [JOIN_ANNOTATION]: null };

/** What the change comes to, as annotations of the namespace; causes when it cannot be made. */
async function changeOf(name: string, asked: string, { verbs }: StrategyContext): Promise<Annotations | StatusCause> {
  const [action = '', to = '', ...rest] = asked.split(':');
  const wellFormed = rest.length === 0 && (action === 'join' ? to !== '' : ['global', 'isolate'].includes(action) && to === '');
  if (!wellFormed) return invalid(CHANGE_FIELD, asked, 'must be "global:", "isolate:" or "join:PROJECT"');
  if (action !== 'global' && isPlatforms(name))
    return forbidden(CHANGE_FIELD, `namespace ${JSON.stringify(name)} is the platform's, which all projects reach`);
  if (action === 'global') return { ...ALONE, [GLOBAL_ANNOTATION]: 'true' };
  if (action === 'isolate' || to === name) return ALONE;
  const isThere = await verbs.get({ ...NAMESPACES, name: to }).then(
    () => true,
    (error: unknown) => {
      if (isNotFound(error)) return false;
      throw error;
    },
  );
  return isThere ? { ...ALONE, [JOIN_ANNOTATION]: to } : invalid(CHANGE_FIELD, asked, `project ${JSON.stringify(to)} not found`);
}

/** Takes what the annotation wishes and nothing else; it is done with when this is answered. */
async function update(body: NetNamespace, context: PartContext): Promise<{ object: KubeObject; created: boolean }> {
  const name = body.metadata.name!;
  const current = (await list(context)).find(({ metadata }) => metadata.name === name);
  if (current === undefined) throw newNotFound(NET_NAMESPACES, name);
  const { resourceVersion = '', annotations = {} } = body.metadata;
  if (resourceVersion !== '' && resourceVersion !== current.metadata.resourceVersion)
    throw newConflict(NET_NAMESPACES, name, OPTIMISTIC_LOCK_TEXT);
  const causes: StatusCause[] = [];
  if (body.netname !== name) causes.push(invalid('netname', body.netname, 'field is immutable'));
  if (body.netid !== current.netid)
    causes.push(invalid('netid', body.netid, `field is immutable, join networks with the annotation ${CHANGE}`));
  if ((body.egressIPs ?? []).length > 0)
    causes.push(forbidden('egressIPs', 'projects have no addresses of their own for what leaves'));
  const asked = annotations[CHANGE];
  const change = asked === undefined ? {} : await changeOf(name, asked, context);
  if ('reason' in change) causes.push(change as StatusCause);
  if (causes.length > 0) throw newInvalid(NET_NAMESPACES, name, causes);
  if (asked !== undefined) {
    const { dryRun, verbs } = context;
    const metadata = { annotations: change, ...(resourceVersion === '' ? {} : { resourceVersion }) };
    await verbs.patch({ ...NAMESPACES, name }, 'application/merge-patch+json', { metadata }, { dryRun });
  }
  return { object: (await list(context)).find(({ metadata }) => metadata.name === name) ?? current, created: false };
}

/** Which network a project is in, as `oc adm pod-network` reads and changes it: annotations of its namespace, under their old name. */
export const netNamespace = defineResource({
  ...NETWORK,
  kind: NET_NAMESPACES.kind,
  plural: NET_NAMESPACES.resource,
  namespaced: false,
  schema: schemaOf('NetNamespace'),
  verbs: ['get', 'list', 'update', 'patch'],
  virtual: { list, update: (body, context) => update(body as NetNamespace, context) },
  columns: [
    nameColumn,
    countColumn('NetID', (object) => (object as NetNamespace).netid ?? 0),
    column('Egress IPs', (object) => ((object as NetNamespace).egressIPs ?? []).join(', ')),
  ],
});
