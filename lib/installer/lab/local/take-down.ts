import type Docker from 'dockerode';
import { atOnce } from '../../../common/at-once.ts';
import { retry } from '../../../common/retry.ts';
import type { LabContext, LabResource } from '../provider.ts';
import { ask, askIfThere } from './docker-client.ts';
import { isOfLab, labFilter } from './lab-names.ts';
import { localErrors } from './local-errors.ts';
import { hostsAtOnce } from './put-up.ts';

type LabKeys = Pick<LabContext['state'], 'name' | 'id'>;
type Kind = 'container' | 'volume' | 'network';

/** In the order in which they can go: what is used by others comes later. */
const kinds: readonly Kind[] = ['container', 'volume', 'network'];

/** Everything in Docker that carries both keys of the lab. */
export async function labResources(docker: Docker, lab: LabKeys): Promise<readonly (LabResource & { readonly type: Kind })[]> {
  const filters = labFilter(lab);
  const [containers, { Volumes: volumes }, networks] = await ask('list what is of the lab', () =>
    Promise.all([
      docker.listContainers({ all: true, filters }),
      docker.listVolumes({ filters }),
      docker.listNetworks({ filters }),
    ]),
  );
  return [
    ...containers
      .filter(({ Labels }) => isOfLab(Labels, lab))
      .map(({ Id, Names, Status }) => ({ type: 'container' as const, id: Id, detail: `${Names[0]?.slice(1)} (${Status})` })),
    ...volumes
      .filter(({ Labels }) => isOfLab(Labels, lab))
      .map(({ Name }) => ({ type: 'volume' as const, id: Name, detail: Name })),
    ...networks
      .filter(({ Labels }) => isOfLab(Labels, lab))
      .map(({ Id, Name }) => ({ type: 'network' as const, id: Id, detail: Name })),
  ];
}

/** Takes away all that carries both keys. Docker lets go of a volume or a network some time after its container: asked again until it has. */
export async function takeDown(docker: Docker, { state, report, signal }: LabContext): Promise<void> {
  const resources = await labResources(docker, state);
  for (const kind of kinds) {
    await atOnce(
      hostsAtOnce,
      resources.filter(({ type }) => type === kind),
      async ({ id, detail }) => {
        signal.throwIfAborted();
        if (kind === 'network') await refuseUsed(docker, { id, detail }, state);
        await retry(() => askIfThere(`remove the ${kind} ${detail}`, () => remove(docker, kind, id)), {
          backoff: { base: 200, cap: 3_000 },
          timeout: 60_000,
          signal,
        });
        report({ subject: detail, state: 'done', message: `${kind} removed` });
      },
    );
  }
}

/** Docker keeps a network for whoever is on it, and does not say who that is. @throws OoError LAB_NETWORK_IN_USE */
async function refuseUsed(docker: Docker, { id, detail }: Pick<LabResource, 'id' | 'detail'>, lab: LabKeys): Promise<void> {
  const filters = { network: [id] };
  const users = await ask(`look who uses the network ${detail}`, () => docker.listContainers({ all: true, filters }));
  const others = users.filter(({ Labels }) => !isOfLab(Labels, lab)).map(({ Names }) => Names[0]?.slice(1) ?? '');
  if (others.length > 0) throw localErrors.LAB_NETWORK_IN_USE(detail, others);
}

function remove(docker: Docker, kind: Kind, id: string): Promise<unknown> {
  if (kind === 'container') return docker.getContainer(id).remove({ force: true, v: true });
  return kind === 'volume' ? docker.getVolume(id).remove() : docker.getNetwork(id).remove();
}
