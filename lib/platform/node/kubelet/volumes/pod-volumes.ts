import { existsSync } from 'node:fs';
import { chmod, lchown, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { quantityValue } from '../containers/resource-values.ts';
import type { PodDirs } from '../pod-dirs.ts';
import type { Pod } from '../types/pod-types.ts';
import type { Volume } from '../types/volume-types.ts';
import { type Payload, writeAtomically } from './atomic-writer.ts';
import { checkHostPath, ensureBindSource } from './host-path.ts';
import { ensureMemoryVolume, isMountPoint, mountsBelow, unmountAll } from './mounts.ts';
import { giveToGroup } from './ownership.ts';
import { type PayloadInput, volumePayload } from './payload.ts';
import { type PersistentInput, setUpPersistentVolume } from './persistent-volume.ts';

/** A volume of a pod that is ready to be mounted. */
export interface ReadyVolume {
  /** Absolute, on this machine. */
  readonly path: string;
  /** Containers may not write: the kubelet does, or the pod asked for it. */
  readonly readOnly: boolean;
}

/** What is needed to set up volumes of every type. */
export interface VolumesInput extends PayloadInput {
  readonly persistent: PersistentInput;
}

/** kubelet's words for a volume that cannot be set up: the text of the FailedMount event. */
export class VolumeError extends Error {
  constructor(volume: string, cause: unknown) {
    super(`MountVolume.SetUp failed for volume "${volume}" : ${(cause as Error).message}`, { cause });
    this.name = 'VolumeError';
  }
}

/** Sets up all volumes of a pod, or brings those that the kubelet writes up to date. Rejects with a VolumeError. */
export async function setUpVolumes(dirs: PodDirs, input: VolumesInput): Promise<Map<string, ReadyVolume>> {
  const ready = await Promise.all(
    (input.pod.spec.volumes ?? []).map(async (volume) => {
      try {
        return [volume.name, await setUpVolume(dirs, volume, input)] as const;
      } catch (error) {
        throw new VolumeError(volume.name, error);
      }
    }),
  );
  return new Map(ready);
}

async function setUpVolume(dirs: PodDirs, volume: Volume, input: VolumesInput): Promise<ReadyVolume> {
  const { pod } = input;
  if (volume.hostPath !== undefined) {
    await checkHostPath(volume.hostPath.path, volume.hostPath.type ?? '');
    await ensureBindSource(volume.hostPath.path);
    return { path: volume.hostPath.path, readOnly: false };
  }
  if (volume.emptyDir !== undefined) return { path: await emptyDir(dirs, pod, volume), readOnly: false };
  const persistent = await setUpPersistentVolume(dirs, pod, volume.name, input.persistent);
  if (persistent !== undefined) return persistent;
  const payload = await volumePayload(volume, input);
  if (payload === undefined) throw new Error(`no volume plugin matched name: ${pluginName(volume)}`);
  const path = dirs.volume(pod.metadata.uid, volumeKind(volume), volume.name);
  await mkdir(path, { recursive: true, mode: 0o755 });
  await chmod(path, 0o755);
  await writeAtomically(path, payload, (dir) => ownFiles(dir, pod, payload));
  return { path, readOnly: true };
}

async function ownFiles(dir: string, pod: Pod, payload: Payload): Promise<void> {
  const group = pod.spec.securityContext?.fsGroup;
  for (const [path, { uid }] of payload) if (uid !== undefined) await lchown(join(dir, path), uid, -1);
  if (group !== undefined) await giveToGroup(dir, group, { readOnly: true });
}

/**
 * Made, and given to its group, once: from then on it belongs to the pod's containers, and what they do to it stays.
 * kubelet: emptydir/empty_dir.go SetUpAt.
 */
async function emptyDir(dirs: PodDirs, pod: Pod, volume: Volume): Promise<string> {
  const path = dirs.volume(pod.metadata.uid, 'empty-dir', volume.name);
  const ready = dirs.volumeReady(pod.metadata.uid, 'empty-dir', volume.name);
  const { medium, sizeLimit } = volume.emptyDir!;
  const inMemory = medium === 'Memory';
  if (existsSync(ready) && (inMemory ? await isMountPoint(path) : existsSync(path))) return path;
  await mkdir(path, { recursive: true });
  if (inMemory) await ensureMemoryVolume(path, sizeLimit === undefined ? undefined : Math.ceil(quantityValue(sizeLimit)));
  await chmod(path, 0o777);
  const { fsGroup } = pod.spec.securityContext ?? {};
  if (fsGroup !== undefined) await giveToGroup(path, fsGroup, { readOnly: false });
  await mkdir(dirname(ready), { recursive: true, mode: 0o750 });
  await writeFile(ready, '');
  return path;
}

const KINDS = ['configMap', 'secret', 'downwardAPI', 'projected'] as const;
const DIR_NAMES = { configMap: 'configmap', secret: 'secret', downwardAPI: 'downward-api', projected: 'projected' } as const;

function volumeKind(volume: Volume): (typeof DIR_NAMES)[keyof typeof DIR_NAMES] {
  return DIR_NAMES[KINDS.find((kind) => volume[kind] !== undefined)!];
}

const pluginName = (volume: Volume): string => Object.keys(volume).find((key) => key !== 'name') ?? '';

/** Takes away all that a pod has on this machine's disk and memory. Must run after its containers are gone. */
export async function tearDownPod(dirs: PodDirs, uid: string): Promise<void> {
  for (const dir of dirs.all(uid)) {
    await unmountAll(dir);
    // Deleting across a mount that would not go would delete what is not ours.
    const left = await mountsBelow(dir);
    if (left.length > 0) throw new Error(`${left[0]} is still mounted`);
    await rm(dir, { recursive: true, force: true });
  }
}
