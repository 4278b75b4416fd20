import type { KubeObject } from '../../api/meta.ts';
import { keyOf } from '../../client/object-store.ts';
import { hasLabels, isFinished, isReady, type Pod, type Service } from '../core-types.ts';
import type { Watch } from '../define-controller.ts';
import { PODS, SERVICES } from '../resources.ts';
import { sameJson } from '../same-json.ts';

/**
 * Whether the addresses of the service are those of pods; of other services they are somebody else's business. An empty
 * selector is none: it must not take in every pod of the namespace.
 */
export const selectsPods = ({ spec }: Service): boolean =>
  Object.keys(spec.selector ?? {}).length > 0 && spec.type !== 'ExternalName';

/** The pods that a service with a selector is for. */
export const podsOf = (service: Service, pods: readonly Pod[]): Pod[] =>
  pods.filter((pod) => hasLabels(pod.metadata.labels, service.spec.selector!));

/** Wakes the services of a pod when something of it changes that their addresses show. */
export const watchPods: Watch = {
  of: PODS,
  map: ({ metadata }, { lister }) =>
    lister<Service>(SERVICES)
      .list(metadata.namespace)
      .filter((service) => selectsPods(service) && hasLabels(metadata.labels, service.spec.selector!))
      .map(keyOf),
  changed: podChanged,
};

/** The many other changes of a pod's status cost nothing. */
function podChanged(pod: KubeObject, old: KubeObject): boolean {
  const facts = (one: Pod): unknown => [
    one.metadata.labels,
    one.metadata.deletionTimestamp,
    one.spec.nodeName,
    one.status?.podIP,
    one.status?.podIPs,
    isFinished(one),
    isReady(one),
  ];
  return !sameJson(facts(pod as Pod), facts(old as Pod));
}
