import { volumeSourceOf } from '../../../api/core/volume-source.ts';
import { existsSync } from 'node:fs';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isLocalVolumeName, LOCAL_PROVISIONER, LOCAL_VOLUME_NODE, PROVISIONED_BY } from '../../../api/storage/local-volumes.ts';
import type { VolumeFolders } from '../../volumes/volume-folders.ts';
import { PERSISTENT_VOLUME, type PodDirs } from '../pod-dirs.ts';
import { allContainers } from '../pod-containers.ts';
import type { Pod, PodSecurityContext } from '../types/pod-types.ts';
import type { ClaimedVolume, ClaimedVolumes, PersistentVolume } from './claimed-volumes.ts';
import { checkHostPath, ensureBindSource } from './host-path.ts';
import { giveToGroup } from './ownership.ts';

const KIND = PERSISTENT_VOLUME;

export interface PersistentInput {
  readonly claims: ClaimedVolumes;
  readonly folders: VolumeFolders;
  /** Called when a volume is there for a pod, which may have to be told how large it is. */
  readonly onReady: (found: ClaimedVolume) => Promise<void>;
}

/** Where the volume behind a pod's claim is on this machine; undefined for a volume of another type. Rejects with kubelet's texts. */
export async function setUpPersistentVolume(
  dirs: PodDirs,
  pod: Pod,
  name: string,
  input: PersistentInput,
): Promise<{ readonly path: string; readonly readOnly: boolean } | undefined> {
  const ready = dirs.volumeReady(pod.metadata.uid, KIND, name);
  const isSetUp = existsSync(ready);
  const found = await input.claims.find(pod, name, isSetUp);
  if (found === undefined) return undefined;
  const { volume, readOnly } = found;
  const isDevice = volume.spec.volumeMode === 'Block';
  checkUse(pod, name, isDevice);
  const path = isDevice ? await deviceOf(volume) : await sourceOf(volume, input.folders);
  if (!isSetUp) {
    if (volume.spec.local !== undefined && !readOnly && !isDevice) await own(path, pod.spec.securityContext ?? {});
    await mkdir(dirname(ready), { recursive: true, mode: 0o750 });
    // Who uses which volume is known as long as anything of the pod is here.
    await writeFile(ready, volume.metadata.name!);
  }
  await input.onReady(found);
  return { path, readOnly };
}

/** A device is not mounted, and a folder is no device (desired_state_of_world_populator.go). */
function checkUse(pod: Pod, name: string, isDevice: boolean): void {
  const containers = allContainers(pod);
  if (isDevice && containers.some(({ volumeMounts = [] }) => volumeMounts.some((mount) => mount.name === name)))
    throw new Error(`volume ${name} has volumeMode Block, but is specified in volumeMounts`);
  if (!isDevice && containers.some(({ volumeDevices = [] }) => volumeDevices.some((device) => device.name === name)))
    throw new Error(`volume ${name} has volumeMode Filesystem, but is specified in volumeDevices`);
}

async function deviceOf(volume: PersistentVolume): Promise<string> {
  const path = volume.spec.local?.path ?? volume.spec.hostPath?.path;
  if (path === undefined) throw new Error(`no volume plugin matched name: ${pluginName(volume)}`);
  const info = await stat(path).catch(() => undefined);
  if (info === undefined) throw new Error(`path ${JSON.stringify(path)} does not exist`);
  if (!info.isBlockDevice()) throw new Error(`path ${JSON.stringify(path)} is not a block device`);
  return path;
}

async function sourceOf(volume: PersistentVolume, folders: VolumeFolders): Promise<string> {
  const { hostPath, local } = volume.spec;
  if (hostPath !== undefined) {
    await checkHostPath(hostPath.path, hostPath.type ?? '');
    await ensureBindSource(hostPath.path);
    return hostPath.path;
  }
  if (local === undefined) throw new Error(`no volume plugin matched name: ${pluginName(volume)}`);
  const name = volume.metadata.name!;
  const isOurs =
    volume.metadata.annotations?.[PROVISIONED_BY] === LOCAL_PROVISIONER &&
    volume.metadata.labels?.[LOCAL_VOLUME_NODE] !== undefined &&
    isLocalVolumeName(name) &&
    local.path === folders.path(name);
  if (isOurs) return folders.ensure(name);
  const info = await stat(local.path).catch(() => undefined);
  if (info === undefined) throw new Error(`path ${JSON.stringify(local.path)} does not exist`);
  if (!info.isDirectory()) throw new Error(`path ${JSON.stringify(local.path)} is not a directory`);
  return local.path;
}

/** Given to the pod's group each time a pod begins, since another group may have had it meanwhile. */
async function own(path: string, { fsGroup, fsGroupChangePolicy }: PodSecurityContext): Promise<void> {
  if (fsGroup === undefined) return;
  if (fsGroupChangePolicy === 'OnRootMismatch' && (await isGivenTo(path, fsGroup))) return;
  await giveToGroup(path, fsGroup, { readOnly: false });
}

/** volume_linux.go requiresPermissionChange: whether the top of the volume is as we would leave it. */
async function isGivenTo(path: string, gid: number): Promise<boolean> {
  const info = await stat(path);
  const wanted = 0o2770;
  return info.gid === gid && (info.mode & wanted) === wanted;
}

const pluginName = ({ spec }: PersistentVolume): string => Object.keys(volumeSourceOf(spec))[0] ?? '';
