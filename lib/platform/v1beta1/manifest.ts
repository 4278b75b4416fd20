import { newBadRequest } from '../api/status-error.ts';
import { containerFromV1, containerToV1 } from './container.ts';
import { type Fields, listAt, objectAt, present, textAt } from './shapes.ts';

const POLICIES = { always: 'Always', onFailure: 'OnFailure', never: 'Never' } as const;
const VOLUMES = { hostDir: 'hostPath', persistentDisk: 'gcePersistentDisk' } as const;

/** Where a pod runs is beside its manifest: `desiredState.host`, and `nodeSelector` at its top. */
export interface Placement {
  readonly host?: unknown;
  readonly nodeSelector?: unknown;
}

/** A manifest (ContainerManifest of v1beta1) as v1's pod spec. Fields that v1beta1 never had keep their names of v1. */
export function manifestToV1(manifest: Fields, path: string, { host, nodeSelector }: Placement): Fields {
  const { version, id: _id, uuid: _uuid, containers, volumes, restartPolicy, ...same } = manifest;
  if (version !== undefined && version !== 'v1beta1' && version !== '')
    throw newBadRequest(`${path}.version: ${JSON.stringify(version).slice(0, 80)} is not v1beta1`);
  return present({
    ...same,
    containers: listAt(containers, `${path}.containers`).map((entry, n) => containerToV1(entry, `${path}.containers[${n}]`)),
    volumes: volumes === undefined || volumes === null ? undefined : volumesToV1(volumes, `${path}.volumes`),
    restartPolicy: policyToV1(restartPolicy, `${path}.restartPolicy`),
    nodeName: textAt(host, 'desiredState.host'),
    nodeSelector,
  });
}

/** The other way round. `id` is the pod's; a template's has none. */
export function manifestFromV1(spec: Fields, id: unknown): { manifest: Fields } & Placement {
  const { containers, volumes, restartPolicy, nodeName, nodeSelector, ...same } = spec;
  const policy = Object.entries(POLICIES).find(([, name]) => name === restartPolicy)?.[0];
  const manifest = present({
    ...same,
    version: 'v1beta1',
    id,
    containers: listAt(containers, 'containers').map(containerFromV1),
    volumes: volumes === undefined ? undefined : listAt(volumes, 'volumes').map(volumeFromV1),
    restartPolicy: policy === undefined ? undefined : { [policy]: {} },
  });
  return { manifest, ...present({ host: nodeName, nodeSelector }) };
}

function policyToV1(value: unknown, path: string): string | undefined {
  const names = Object.keys(present(objectAt(value, path)));
  const [name] = names;
  if (name === undefined) return undefined;
  if (names.length > 1 || !Object.hasOwn(POLICIES, name))
    throw newBadRequest(`${path}: ${JSON.stringify(names).slice(0, 80)} is not one of ${Object.keys(POLICIES).join(', ')}`);
  return POLICIES[name as keyof typeof POLICIES];
}

/** A volume without a source was an empty folder. */
function volumesToV1(value: unknown, path: string): Fields[] {
  return listAt(value, path).map(({ name, source, ...same }, n) => {
    const sources = Object.entries(present(objectAt(source, `${path}[${n}].source`)));
    const renamed = sources.map(([type, of]) => [
      Object.hasOwn(VOLUMES, type) ? VOLUMES[type as keyof typeof VOLUMES] : type,
      of,
    ]);
    return { ...same, name, ...(sources.length === 0 ? { emptyDir: {} } : Object.fromEntries(renamed)) };
  });
}

function volumeFromV1({ name, ...sources }: Fields): Fields {
  const renamed = Object.entries(sources).map(([type, of]) => [
    Object.entries(VOLUMES).find(([, current]) => current === type)?.[0] ?? type,
    of,
  ]);
  return { name, source: Object.fromEntries(renamed) };
}
