import type { KubeObject } from '../../meta.ts';
import type { StatusCause } from '../../status-error.ts';
import { deepEqual, forbidden, immutable, invalid } from '../../validation/causes.ts';

type Fields = Record<string, unknown>;
const list = (value: unknown): Fields[] => (value ?? []) as Fields[];

const FORBIDDEN_TEXT =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** What may change in a pod that exists (Kubernetes: ValidatePodUpdate). */
export function validatePodUpdate(pod: KubeObject, old: KubeObject): StatusCause[] {
  const causes: StatusCause[] = [];
  for (const field of ['containers', 'initContainers'])
    if (list(pod.spec[field]).length !== list(old.spec[field]).length)
      return [forbidden(`spec.${field}`, 'pod updates may not add or remove containers')];
  causes.push(
    ...validateDeadline(pod.spec, old.spec),
    ...validateTolerations(pod.spec, old.spec),
    ...validateGates(pod.spec, old.spec),
  );
  const munged = mungeMutable(pod.spec, old.spec);
  if (!deepEqual(munged, old.spec))
    causes.push(forbidden('spec', `${FORBIDDEN_TEXT}\n${differences(munged, old.spec, 'spec').join('\n')}`));
  return causes;
}

/** The new spec with everything that may change put back, so that what differs still is forbidden. */
function mungeMutable(spec: Fields, old: Fields): Fields {
  const munged: Fields = { ...spec };
  for (const field of ['containers', 'initContainers'])
    if (spec[field] !== undefined)
      munged[field] = list(spec[field]).map((container, i) => ({ ...container, image: list(old[field])[i]?.image }));
  for (const field of ['activeDeadlineSeconds', 'tolerations', 'schedulingGates']) restore(munged, old, field);
  // Gated pods may still be steered to other nodes.
  if (list(old.schedulingGates).length > 0) for (const field of ['nodeSelector', 'affinity']) restore(munged, old, field);
  const grace = old.terminationGracePeriodSeconds;
  if (typeof grace === 'number' && grace < 0 && spec.terminationGracePeriodSeconds === 1)
    restore(munged, old, 'terminationGracePeriodSeconds');
  return munged;
}

function restore(spec: Fields, old: Fields, field: string): void {
  if (old[field] === undefined) delete spec[field];
  else spec[field] = old[field];
}

function validateDeadline(spec: Fields, old: Fields): StatusCause[] {
  const [now, before] = [spec.activeDeadlineSeconds, old.activeDeadlineSeconds];
  if (typeof before !== 'number') return [];
  if (typeof now !== 'number')
    return [invalid('spec.activeDeadlineSeconds', now, 'must not update from a positive integer to nil value')];
  if (now > before) return [invalid('spec.activeDeadlineSeconds', now, 'must be less than or equal to previous value')];
  return [];
}

function validateTolerations(spec: Fields, old: Fields): StatusCause[] {
  const bare = (toleration: Fields): Fields => ({ ...toleration, tolerationSeconds: undefined });
  const kept = list(old.tolerations).every((before) => list(spec.tolerations).some((now) => deepEqual(bare(now), bare(before))));
  return kept ? [] : [forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')];
}

function validateGates(spec: Fields, old: Fields): StatusCause[] {
  const before = new Set(list(old.schedulingGates).map((gate) => gate.name));
  const added = list(spec.schedulingGates).filter((gate) => !before.has(gate.name));
  return added.map((gate) =>
    forbidden('spec.schedulingGates', `only deletion is allowed, but found new scheduling gate '${String(gate.name)}'`),
  );
}

/** The changed leaves, old before new. */
function differences(now: unknown, before: unknown, path: string): string[] {
  if (deepEqual(now, before)) return [];
  const bothObjects = typeof now === 'object' && typeof before === 'object' && now !== null && before !== null;
  if (!bothObjects || Array.isArray(now) !== Array.isArray(before))
    return [
      ...(before === undefined ? [] : [`- ${path}: ${JSON.stringify(before)}`]),
      ...(now === undefined ? [] : [`+ ${path}: ${JSON.stringify(now)}`]),
    ];
  const [left, right] = [now as Fields, before as Fields];
  return [...new Set([...Object.keys(right), ...Object.keys(left)])].flatMap((key) =>
    differences(left[key], right[key], Array.isArray(now) ? `${path}[${key}]` : `${path}.${key}`),
  );
}

/** What the node may report. */
export function validatePodStatusUpdate(pod: KubeObject, old: KubeObject): StatusCause[] {
  return immutable('status.qosClass', pod.status?.qosClass, old.status?.qosClass);
}
