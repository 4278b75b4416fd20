import type { StatusCause } from '../../status-error.ts';
import { invalid, notFound, required } from '../../validation/causes.ts';

type Fields = Record<string, unknown>;

export interface DeviceContext {
  readonly volumeNames: ReadonlySet<string>;
  /** Names of volumes that stand for claims. @default all may */
  readonly claimVolumes?: ReadonlySet<string>;
}

/** volumeDevices of a container, beside its volumeMounts (pkg/apis/core/validation ValidateVolumeDevices). */
export function validateDevices(
  devices: readonly Fields[],
  mounts: readonly Fields[],
  path: string,
  { volumeNames, claimVolumes }: DeviceContext,
): StatusCause[] {
  const causes: StatusCause[] = [];
  const names = new Set<string>();
  const paths = new Set<string>();
  for (const [i, device] of devices.entries()) {
    const at = `${path}[${i}]`;
    const name = String(device.name ?? '');
    const devicePath = String(device.devicePath ?? '');
    if (name === '') causes.push(required(`${at}.name`));
    else if (names.has(name)) causes.push(invalid(`${at}.name`, name, 'must be unique'));
    else if (!volumeNames.has(name)) causes.push(notFound(`${at}.name`, name));
    else if (claimVolumes !== undefined && !claimVolumes.has(name))
      causes.push(
        invalid(`${at}.name`, name, 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode'),
      );
    if (devicePath === '') causes.push(required(`${at}.devicePath`));
    else if (paths.has(devicePath)) causes.push(invalid(`${at}.devicePath`, devicePath, 'must be unique'));
    else if (devicePath.split('/').includes('..'))
      causes.push(invalid(`${at}.devicePath`, devicePath, "can not contain backsteps ('..')"));
    else if (mounts.some(({ mountPath }) => mountPath === devicePath))
      causes.push(invalid(`${at}.devicePath`, devicePath, 'must not already exist as a path in volumeMounts'));
    if (mounts.some((mount) => name !== '' && mount.name === name))
      causes.push(invalid(`${at}.name`, name, 'must not already exist in volumeMounts'));
    names.add(name);
    paths.add(devicePath);
  }
  return causes;
}
