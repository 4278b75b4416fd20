import type { ConfigSource } from '../containers/environment.ts';
import { fieldRefValue, type PodAddresses } from '../containers/field-ref.ts';
import { type NodeCapacity, resourceFieldValue } from '../containers/resource-values.ts';
import type { DownwardFile, KeyToPath, Volume, VolumeProjection } from '../types/volume-types.ts';
import type { Pod } from '../types/pod-types.ts';
import type { Payload, VolumeFile } from './atomic-writer.ts';

export interface PayloadInput {
  readonly pod: Pod;
  readonly source: ConfigSource;
  readonly addresses: PodAddresses;
  readonly node: NodeCapacity;
  readonly token: (pod: Pod, request: { audience: string | undefined; expirationSeconds: number }) => Promise<string>;
}

const DEFAULT_MODE = 0o644;
const DEFAULT_TOKEN_SECONDS = 3600;

/** The files of a volume that the kubelet writes; undefined for volumes of other types. Throws kubelet's texts. */
export async function volumePayload(volume: Volume, input: PayloadInput): Promise<Payload | undefined> {
  const files = new Map<string, VolumeFile>();
  const { namespace } = input.pod.metadata;
  if (volume.configMap !== undefined) {
    const { name = '', items, optional, defaultMode } = volume.configMap;
    const data = await input.source.configMap(namespace, name);
    addKeys(files, data, { kind: 'configmap', name, items, optional, mode: defaultMode ?? DEFAULT_MODE });
  } else if (volume.secret !== undefined) {
    const { secretName: name = '', items, optional, defaultMode } = volume.secret;
    const data = await input.source.secret(namespace, name);
    addKeys(files, data, { kind: 'secret', name, items, optional, mode: defaultMode ?? DEFAULT_MODE });
  } else if (volume.downwardAPI !== undefined) {
    addDownward(files, volume.downwardAPI.items ?? [], volume.downwardAPI.defaultMode ?? DEFAULT_MODE, input);
  } else if (volume.projected !== undefined) {
    const mode = volume.projected.defaultMode ?? DEFAULT_MODE;
    for (const source of volume.projected.sources ?? []) await addProjection(files, source, mode, input);
  } else {
    return undefined;
  }
  return files;
}

interface KeysOptions {
  readonly kind: 'configmap' | 'secret';
  readonly name: string;
  readonly items: readonly KeyToPath[] | undefined;
  readonly optional: boolean | undefined;
  readonly mode: number;
}

function addKeys(files: Map<string, VolumeFile>, data: ReadonlyMap<string, Buffer> | undefined, options: KeysOptions): void {
  const { kind, name, items, optional, mode } = options;
  if (data === undefined) {
    if (optional === true) return;
    throw new Error(`${kind} "${name}" not found`);
  }
  if (items === undefined || items.length === 0) {
    for (const [key, value] of data) files.set(key, { data: value, mode });
    return;
  }
  for (const item of items) {
    const value = data.get(item.key);
    if (value !== undefined) files.set(item.path, { data: value, mode: item.mode ?? mode });
    else if (optional !== true)
      throw new Error(
        kind === 'secret'
          ? `references non-existent secret key: ${item.key}`
          : `configmap references non-existent config key: ${item.key}`,
      );
  }
}

function addDownward(files: Map<string, VolumeFile>, items: readonly DownwardFile[], mode: number, input: PayloadInput): void {
  for (const item of items) {
    const text =
      item.fieldRef !== undefined
        ? fieldRefValue(input.pod, item.fieldRef, input.addresses)
        : item.resourceFieldRef !== undefined
          ? resourceFieldValue(input.pod, undefined, item.resourceFieldRef, input.node)
          : '';
    files.set(item.path, { data: Buffer.from(text), mode: item.mode ?? mode });
  }
}

async function addProjection(
  files: Map<string, VolumeFile>,
  source: VolumeProjection,
  mode: number,
  input: PayloadInput,
): Promise<void> {
  const { namespace } = input.pod.metadata;
  if (source.configMap !== undefined) {
    const { name = '', items, optional } = source.configMap;
    addKeys(files, await input.source.configMap(namespace, name), { kind: 'configmap', name, items, optional, mode });
  } else if (source.secret !== undefined) {
    const { name = '', items, optional } = source.secret;
    addKeys(files, await input.source.secret(namespace, name), { kind: 'secret', name, items, optional, mode });
  } else if (source.downwardAPI !== undefined) {
    addDownward(files, source.downwardAPI.items ?? [], mode, input);
  } else if (source.serviceAccountToken !== undefined) {
    const { audience, expirationSeconds = DEFAULT_TOKEN_SECONDS, path } = source.serviceAccountToken;
    const token = await input.token(input.pod, { audience, expirationSeconds });
    files.set(path, { data: Buffer.from(token), ...tokenAccess(input.pod, mode) });
  }
}

/** A token is for the pod's user: 0600 and theirs where all containers run as one, readable by the fsGroup, else the mode asked for. */
function tokenAccess(pod: Pod, mode: number): { mode: number; uid?: number } {
  if (pod.spec.securityContext?.fsGroup !== undefined) return { mode: 0o600 };
  const users = new Set(
    [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].map(
      (container) => container.securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser,
    ),
  );
  const [user] = users;
  return users.size === 1 && user !== undefined ? { mode: 0o600, uid: user } : { mode };
}
