import { type Build, type CommonSpec, type ImageReference, isFinished } from '../../api/build/build-types.ts';
import { fromOf } from '../../api/build/strategy-from.ts';
import { hasDiskPressure } from '../../api/core/node/disk-pressure.ts';
import type { KubeObject } from '../../api/meta.ts';
import type { GroupVersionResource } from '../../api/verbs.ts';
import type { Lister } from '../../client/lister.ts';
import type { Watch } from '../define-controller.ts';
import { BUILDS, IMAGE_STREAMS, NODES, ROLE_BINDINGS, SECRETS, SERVICE_ACCOUNTS } from '../resources.ts';

/** When what nobody tells of, as rights that were given to a whole group, is looked for again, in ms. */
export const AGAIN = 60_000;

/** Whose rights and credentials a build uses. */
export const accountOf = ({ serviceAccount }: CommonSpec): string => serviceAccount ?? 'builder';

type StreamRef = Readonly<Record<'namespace' | 'name', string>>;

/** The image streams that a build takes images from or puts one into. */
export function streamsOf(spec: CommonSpec, namespace: string): StreamRef[] {
  const references = [fromOf(spec.strategy), ...(spec.source?.images ?? []).map(({ from }) => from), spec.output?.to];
  return references
    .filter((each): each is ImageReference => each !== undefined && each.kind !== 'DockerImage')
    .map(({ name, namespace: said = '' }) => ({ namespace: said === '' ? namespace : said, name: name.split(/[:@]/)[0]! }));
}

/** What makes `mine` look again: a stream that they name, or rights in the project where it is. */
export const imageWatches = (
  mine: (lister: (of: GroupVersionResource) => Lister<KubeObject>) => readonly (KubeObject & { spec: CommonSpec })[],
): readonly Watch[] => {
  const keys = (objects: readonly (KubeObject & { spec: CommonSpec })[], wanted: (stream: StreamRef) => boolean): string[] =>
    objects
      .filter(({ spec, metadata }) => streamsOf(spec, metadata.namespace!).some(wanted))
      .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  return [
    {
      of: IMAGE_STREAMS,
      map: ({ metadata }, { lister }) =>
        keys(mine(lister), ({ namespace, name }) => namespace === metadata.namespace && name === metadata.name),
    },
    {
      of: ROLE_BINDINGS,
      map: ({ metadata }, { lister }) => keys(mine(lister), ({ namespace }) => namespace === metadata.namespace),
    },
  ];
};

/** What a build without a pod may wait for: images and where they go, who may push and pull them, and room on disks. */
export const inputWatches: readonly Watch[] = [
  ...imageWatches((lister) => waiting(lister(BUILDS).list())),
  {
    of: SECRETS,
    map: ({ metadata }, { lister }) => waiting(lister(BUILDS).list(metadata.namespace)).map(keyOf),
  },
  {
    of: SERVICE_ACCOUNTS,
    map: ({ metadata }, { lister }) =>
      waiting(lister(BUILDS).list(metadata.namespace))
        .filter(({ spec }) => accountOf(spec) === metadata.name)
        .map(keyOf),
  },
  {
    of: NODES,
    map: (_node, { lister }) => waiting(lister(BUILDS).list()).map(keyOf),
    changed: (node, old) => hasDiskPressure(node) !== hasDiskPressure(old),
  },
];

const waiting = (builds: readonly KubeObject[]): Build[] =>
  (builds as Build[]).filter((build) => !isFinished(build) && (build.status?.phase ?? 'New') === 'New');
const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace}/${metadata.name}`;
