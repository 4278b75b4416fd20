import type { LabResource } from '../../provider.ts';
import type { LabState } from '../../state/lab-state.ts';
import { bridgeName, labLabels } from '../lab-names.ts';
import { engineRequest } from './engine-request.ts';

type LabKeys = Pick<LabState, 'name' | 'id'>;
type Labels = Readonly<Record<string, string>> | null;

/** One type of thing in Docker: everything of it is asked for, with no filter, and looked at here. */
export interface DockerQuestion {
  readonly type: string;
  ask(lab: LabKeys): Promise<readonly LabResource[]>;
}

/** Not only by labels: what lost them is told by the lab's id in its name. */
export const dockerQuestions: readonly DockerQuestion[] = [
  {
    type: 'container',
    async ask(lab) {
      const all = await engineRequest<readonly Container[]>('GET', '/containers/json?all=1');
      return all
        .filter(
          ({ Labels, Mounts = [] }) => bears(Labels, lab) || Mounts.some(({ Name = '' }) => Name.startsWith(`oo-lab-${lab.id}-`)),
        )
        .map(({ Id, Names, Status }) => ({ type: 'container', id: Id, detail: `${Names.join(' ')} ${Status}` }));
    },
  },
  {
    type: 'volume',
    async ask(lab) {
      const { Volumes } = await engineRequest<{ readonly Volumes: readonly Volume[] | null }>('GET', '/volumes');
      return (Volumes ?? [])
        .filter(({ Name, Labels }) => bears(Labels, lab) || Name.startsWith(`oo-lab-${lab.id}-`))
        .map(({ Name, Mountpoint }) => ({ type: 'volume', id: Name, detail: Mountpoint }));
    },
  },
  {
    type: 'network',
    async ask(lab) {
      const all = await engineRequest<readonly Network[]>('GET', '/networks');
      return all
        .filter(({ Labels, Options }) => bears(Labels, lab) || Options?.['com.docker.network.bridge.name'] === bridgeName(lab))
        .map(({ Id, Name }) => ({ type: 'network', id: Id, detail: Name }));
    },
  },
  {
    type: 'image',
    async ask(lab) {
      // One that somebody made of a host (docker commit) has its labels, and what an attendee wrote.
      const all = await engineRequest<readonly Image[]>('GET', '/images/json?all=1');
      return all
        .filter(({ Labels }) => bears(Labels, lab))
        .map(({ Id, RepoTags }) => ({ type: 'image', id: Id, detail: (RepoTags ?? []).join(' ') }));
    },
  },
];

interface Container {
  readonly Id: string;
  readonly Names: readonly string[];
  readonly Labels: Labels;
  readonly Status: string;
  readonly Mounts?: readonly { readonly Name?: string }[];
}
interface Volume {
  readonly Name: string;
  readonly Labels: Labels;
  readonly Mountpoint: string;
}
interface Network {
  readonly Id: string;
  readonly Name: string;
  readonly Labels: Labels;
  readonly Options: Labels;
}
interface Image {
  readonly Id: string;
  readonly RepoTags: readonly string[] | null;
  readonly Labels: Labels;
}

const bears = (labels: Labels, { name, id }: LabKeys): boolean => labels?.[labLabels.lab] === name && labels[labLabels.id] === id;
