import type { LabState } from '../state/lab-state.ts';

/** What everything of a lab carries in Docker. The name and the id together are its two keys: either alone may be somebody else's. */
export const labLabels = {
  lab: 'oo-install.lab',
  id: 'oo-install.lab-id',
  host: 'oo-install.host',
  attendee: 'oo-install.attendee',
  /** Hash of what a host cannot change once it is made: another one means another container. */
  made: 'oo-install.made-of',
} as const;

type LabKeys = Pick<LabState, 'name' | 'id'>;

/** Labels of all that belongs to the lab. */
export const labelsOf = ({ name, id }: LabKeys): Readonly<Record<string, string>> => ({
  [labLabels.lab]: name,
  [labLabels.id]: id,
});

/** Docker's filter for what carries both keys. */
export const labFilter = (lab: LabKeys): { label: string[] } => ({
  label: Object.entries(labelsOf(lab)).map(([key, value]) => `${key}=${value}`),
});

/** Whether something carries both keys. Asked again of each thing before it is changed: a filter is Docker's word, this is ours. */
export const isOfLab = (labels: Readonly<Record<string, string>> | null | undefined, { name, id }: LabKeys): boolean =>
  labels?.[labLabels.lab] === name && labels[labLabels.id] === id;

/** `oo-lab-class-ana-1` */
export const containerName = ({ name }: LabKeys, host: string): string => `oo-lab-${name}-${host}`;
/** `oo-lab-class` */
export const networkName = ({ name }: LabKeys): string => `oo-lab-${name}`;
/** Holds the id, so that mounts and folders that it leaves can be told. */
export const volumeName = ({ id }: LabKeys, host: string, what: 'docker' | 'containerd'): string =>
  `oo-lab-${id}-${host}-${what}`;
/** The network's interface on this machine, by which firewall rules are told: at most 15 characters (IFNAMSIZ). */
export const bridgeName = ({ id }: LabKeys): string => `oo-${id}`;
