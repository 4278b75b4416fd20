import { randomBytes } from 'node:crypto';
import type Docker from 'dockerode';
import type { LabContext } from '../provider.ts';
import { ask, askIfThere, statusOf } from './docker-client.ts';
import { hostContainer } from './host-container.ts';
import type { PlannedHost } from './host-plan.ts';
import { containerName, isOfLab, labelsOf, labLabels, volumeName } from './lab-names.ts';
import { hostAddress } from './lab-network.ts';
import { localErrors } from './local-errors.ts';
import { seedArchive } from './seed.ts';

type LabKeys = Pick<LabContext['state'], 'name' | 'id'>;
const volumes = ['docker', 'containerd'] as const;

/**
 * Makes a host from nothing and starts it, and takes away what an earlier one of its name left: a container that was cut off in the making, volumes
 * that belong to a container that is gone. Started last: what runs is whole. Answers the container's id.
 */
export async function makeHost(
  docker: Docker,
  context: Pick<LabContext, 'lab' | 'state'>,
  host: PlannedHost,
  made: { readonly image: string; readonly subnet: string; readonly userData: string },
): Promise<string> {
  const { state } = context;
  await removeHost(docker, state, host.name);
  for (const what of volumes) {
    const Labels = { ...labelsOf(state), [labLabels.host]: host.name };
    await ask(`make a volume of ${host.name}`, () => docker.createVolume({ Name: volumeName(state, host.name, what), Labels }));
  }
  const container = await ask(`make the container of ${host.name}`, () =>
    docker.createContainer(hostContainer(context, host, { image: made.image, address: hostAddress(made.subnet, host.place) })),
  );
  // Of this container, and not of the host's name: one that is made anew is a new instance to cloud-init, whatever it finds.
  const instance = `${host.name}-${randomBytes(4).toString('hex')}`;
  const seed = seedArchive({ name: host.name, instance, userData: made.userData });
  await ask(`give ${host.name} its seed`, () => container.putArchive(seed, { path: '/' }));
  await ask(`start ${host.name}`, () => container.start());
  return container.id;
}

/** Takes a host's container and volumes away. @throws OoError LAB_NAME_TAKEN: its name is that of somebody else's container, which stays */
export async function removeHost(docker: Docker, lab: LabKeys, host: string): Promise<void> {
  const name = containerName(lab, host);
  const there = await inspectIfThere(docker, name);
  if (there !== undefined) {
    if (!isOfLab(there.Config.Labels, lab)) throw localErrors.LAB_NAME_TAKEN('container', name);
    await askIfThere(`remove ${name}`, () => docker.getContainer(there.Id).remove({ force: true, v: true }));
  }
  for (const what of volumes) {
    const volume = docker.getVolume(volumeName(lab, host, what));
    await askIfThere(`remove a volume of ${host}`, async () => {
      const { Labels } = await volume.inspect();
      if (!isOfLab(Labels, lab)) throw localErrors.LAB_NAME_TAKEN('volume', volume.name);
      await volume.remove();
    });
  }
}

async function inspectIfThere(docker: Docker, name: string) {
  try {
    return await docker.getContainer(name).inspect();
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    return ask(`look at the container ${name}`, () => Promise.reject(error));
  }
}
