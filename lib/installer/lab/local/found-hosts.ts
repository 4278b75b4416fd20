import type Docker from 'dockerode';
import type { ContainerInfo } from 'dockerode';
import type { LabState } from '../state/lab-state.ts';
import { ask } from './docker-client.ts';
import { isOfLab, labFilter, labLabels } from './lab-names.ts';

/** A container of a lab, as Docker tells of it. */
export interface FoundHost {
  readonly name: string;
  readonly attendee: string;
  readonly id: string;
  /** `created`: it was made and never started, so what it was to be given may be missing. */
  readonly state: 'created' | 'running' | 'paused' | 'stopped' | 'changing';
  /** What it was made of: labLabels.made. */
  readonly made: string;
}

/** The containers of a lab: those that carry both its keys. */
export async function findHosts(docker: Docker, lab: Pick<LabState, 'name' | 'id'>): Promise<readonly FoundHost[]> {
  const containers = await ask('list the containers', () => docker.listContainers({ all: true, filters: labFilter(lab) }));
  return containers
    .filter(({ Labels }) => isOfLab(Labels, lab))
    .map((container) => ({
      name: container.Labels[labLabels.host] ?? '',
      attendee: container.Labels[labLabels.attendee] ?? '',
      id: container.Id,
      state: stateOf(container),
      made: container.Labels[labLabels.made] ?? '',
    }));
}

/** Docker's words: created, restarting, running, removing, paused, exited, dead. */
function stateOf({ State }: ContainerInfo): FoundHost['state'] {
  if (State === 'created' || State === 'running' || State === 'paused') return State;
  return State === 'exited' || State === 'dead' ? 'stopped' : 'changing';
}
