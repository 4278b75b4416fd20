import type { HostData } from './host-data.ts';

/** What the user data of a lab writes for oo-install to read. World-readable, and nothing in it is secret. */
export const labHostFiles = {
  /** A cluster.yaml of this one host: what `oo-install` on the host itself goes by. */
  cluster: '/etc/oo-install/cluster.yaml',
  /** Which host of which lab it is. */
  host: '/etc/oo-install/lab-host.json',
  /** A LabHostStatus. Not below /var/lib/oo-install, which `oo-install uninstall` takes away. */
  status: '/var/lib/oo-install-lab/status.json',
} as const;

/** Absent until cloud-init has ended. */
export interface LabHostStatus {
  readonly version: 1;
  readonly lab: string;
  readonly host: string;
  readonly attendee: string;
  /** ISO 8601 in UTC, like all times here. */
  readonly expires: string;
  /** Whether the system was booted from an image whose /usr is read-only (ostree). */
  readonly imageBased: boolean;
  /** Of all stages together: one that failed, or else one that has not ended. */
  readonly state: 'running' | 'done' | 'failed';
  readonly updated: string;
  readonly stages: readonly {
    readonly name: LabStage;
    readonly state: 'waiting' | 'running' | 'done' | 'failed';
    readonly began?: string;
    readonly ended?: string;
    /** Empty unless it failed; at most 2000 characters. */
    readonly error: string;
  }[];
}

/** In the order in which they usually end. `images` waits until Docker runs. */
export type LabStage = 'cloud-init' | 'docker-volume' | 'install' | 'images';

/** What a host does after its first boot, in order. */
export function labStages(data: Pick<HostData, 'dockerDevice' | 'install' | 'images'>): readonly LabStage[] {
  return [
    'cloud-init',
    ...(data.dockerDevice === undefined ? [] : (['docker-volume'] as const)),
    ...(data.install === undefined ? [] : (['install'] as const)),
    ...((data.images ?? []).length === 0 ? [] : (['images'] as const)),
  ];
}
