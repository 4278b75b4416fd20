import type { KubeObject } from '../api/meta.ts';
import { unlessGone } from './api-errors.ts';
import { defineController, type ControllerDefinition } from './define-controller.ts';
import { NODES, refTo } from './resources.ts';

const ANNOTATION = 'node.alpha.kubernetes.io/ttl';

/** How long kubelets may keep what they have read, in seconds, by the number of nodes. The ranges overlap, so that a node more or less changes nothing. */
const STEPS = [
  { least: 0, most: 100, seconds: 0 },
  { least: 90, most: 500, seconds: 15 },
  { least: 450, most: 1000, seconds: 30 },
  { least: 900, most: 2000, seconds: 60 },
  { least: 1800, most: Infinity, seconds: 300 },
] as const;

/** The step for so many nodes, from the one that was right before. */
export function ttlStep(nodes: number, step: number): number {
  if (nodes > STEPS[step]!.most) return ttlStep(nodes, step + 1);
  return nodes < STEPS[step]!.least ? ttlStep(nodes, step - 1) : step;
}

/** Tells every node in an annotation how long it may keep secrets and the like (kube-controller-manager's ttl controller). */
export function nodeTtlController(): ControllerDefinition {
  let step = 0;
  const annotationOf = ({ metadata }: KubeObject): string | undefined => metadata.annotations?.[ANNOTATION];
  return defineController({
    name: 'node-ttl-controller',
    component: 'ttl-controller',
    watches: [
      {
        of: NODES,
        map: ({ metadata }) => [metadata.name!],
        // Nodes report every few seconds.
        changed: (node, old) => annotationOf(node) !== annotationOf(old),
      },
    ],
    async reconcile(name, { client, lister }) {
      const nodes = lister(NODES).list();
      const before = step;
      step = ttlStep(nodes.length, step);
      const wanted = String(STEPS[step]!.seconds);
      // Another step is news for all of them.
      const told = before === step ? nodes.filter(({ metadata }) => metadata.name === name) : nodes;
      for (const node of told)
        if (annotationOf(node) !== wanted)
          await unlessGone(
            client.patch(refTo(NODES, node), 'application/merge-patch+json', {
              metadata: { annotations: { [ANNOTATION]: wanted } },
            }),
          );
    },
  });
}
