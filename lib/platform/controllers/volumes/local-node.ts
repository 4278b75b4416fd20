import { LOCAL_VOLUME_NODE, LOCAL_VOLUMES_FOLDER } from '../../api/storage/local-volumes.ts';
import { isReady, type Node } from '../core-types.ts';
import type { StorageClass, Volume } from './volume-types.ts';

/** A path that a node may offer: absolute, with nothing in it that leads elsewhere. */
const FOLDER = /^(\/[^/\0]+)+$/;

/** Whether the node has said where it keeps volumes. */
export const offersFolder = ({ metadata }: Node): boolean => {
  const folder = metadata.annotations?.[LOCAL_VOLUMES_FOLDER] ?? '';
  return FOLDER.test(folder) && !folder.split('/').some((part) => part === '..' || part === '.');
};

/** Whether the class may have volumes on the node: its topologies are alternatives, the labels of one all count. */
export function allowsNode({ allowedTopologies = [] }: StorageClass, { metadata }: Node): boolean {
  const labels = metadata.labels ?? {};
  const has = ({ key, values }: { key: string; values: string[] }): boolean =>
    Object.hasOwn(labels, key) && values.includes(labels[key]!);
  return (
    allowedTopologies.length === 0 || allowedTopologies.some(({ matchLabelExpressions = [] }) => matchLabelExpressions.every(has))
  );
}

/** The node for a new volume: the one that the scheduler selected, or of those that can the one with the fewest volumes. */
export function chooseNode(
  found: StorageClass,
  selected: string | undefined,
  nodes: readonly Node[],
  volumes: readonly Volume[],
): { readonly node: Node } | { readonly reason: string } {
  if (selected !== undefined) {
    const node = nodes.find(({ metadata }) => metadata.name === selected);
    if (node === undefined) return { reason: `node ${JSON.stringify(selected)} not found` };
    return offersFolder(node) ? { node } : { reason: `node ${JSON.stringify(selected)} has no folder for volumes` };
  }
  const able = nodes.filter(
    (node) => offersFolder(node) && isReady(node) && node.spec?.unschedulable !== true && allowsNode(found, node),
  );
  const held = ({ metadata }: Node): number =>
    volumes.filter((volume) => volume.metadata.labels?.[LOCAL_VOLUME_NODE] === metadata.name).length;
  const [best] = able.map((node) => ({ node, count: held(node) })).sort((a, b) => a.count - b.count);
  return best === undefined ? { reason: 'no ready node has a folder for volumes' } : { node: best.node };
}
