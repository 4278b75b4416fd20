import type Docker from 'dockerode';
import type { LabState } from '../state/lab-state.ts';
import { ask } from './docker-client.ts';
import { bridgeName, isOfLab, labelsOf, networkName } from './lab-names.ts';
import { localErrors } from './local-errors.ts';

type LabKeys = Pick<LabState, 'name' | 'id'>;

/** The networks that bear the lab's name: Docker allows several of one name. */
export async function networksNamed(docker: Docker, lab: LabKeys) {
  const found = await ask('list the networks', () => docker.listNetworks({ filters: { name: [networkName(lab)] } }));
  // Docker's filter takes parts of names too.
  return found.filter(({ Name }) => Name === networkName(lab));
}

/** Makes the lab's own network where it is not there. @throws OoError LAB_NAME_TAKEN */
export async function ensureNetwork(docker: Docker, lab: LabKeys): Promise<void> {
  const there = await networksNamed(docker, lab);
  if (there.some(({ Labels }) => !isOfLab(Labels, lab))) throw localErrors.LAB_NAME_TAKEN('network', networkName(lab));
  if (there.length > 0) return;
  await ask(`make the network ${networkName(lab)}`, () =>
    docker.createNetwork({
      Name: networkName(lab),
      Driver: 'bridge',
      CheckDuplicate: true,
      Labels: labelsOf(lab),
      Options: { 'com.docker.network.bridge.name': bridgeName(lab) },
    }),
  );
}
