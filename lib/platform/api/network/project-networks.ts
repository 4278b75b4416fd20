import type { KubeObject } from '../meta.ts';

/** Says of a project that it reaches all others and is reached by them. */
export const GLOBAL_ANNOTATION = 'network.openshift.io/global';
/** Says of a project with which other one it shares a network, by that one's name. */
export const JOIN_ANNOTATION = 'network.openshift.io/join';

/** The platform's own, whose names nobody is given for a project. */
const OWN = /^(default|openshift|kube|kubernetes)$|^(openshift|kube|kubernetes)-/;

/** Whether a namespace is the platform's own, which no isolation cuts off. */
export const isPlatforms = (namespace: string): boolean => OWN.test(namespace);

/**
 * The network of a namespace by its name. Those of one network have the same: mostly their own name, else that of the one that they are joined to, wherever
 * that has been joined to. '' is the network that all others reach, and that reaches them.
 */
export function projectNetworks(namespaces: readonly KubeObject[]): (name: string) => string {
  const byName = new Map(namespaces.map(({ metadata }) => [metadata.name!, metadata.annotations ?? {}]));
  return (name) => {
    const way: string[] = [];
    for (let at = name; ;) {
      const { [GLOBAL_ANNOTATION]: everywhere, [JOIN_ANNOTATION]: next = at } = byName.get(at) ?? {};
      if (isPlatforms(at) || everywhere === 'true') return '';
      if (next === at) return at;
      way.push(at);
      const again = way.indexOf(next);
      // Joined in a circle: one of them stands for all.
      if (again >= 0) return way.slice(again).toSorted()[0]!;
      at = next;
    }
  };
}
