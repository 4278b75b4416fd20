import { namespace as namespaces } from '../../api/core/namespace.ts';
import { securityOf } from '../../api/core/pod/security/pod-security.ts';
import type { KubeObject } from '../../api/meta.ts';
import { newForbidden, newInternalError } from '../../api/status-error.ts';
import { objectKey, resourcePrefix } from '../store/storage-key.ts';
import type { AdmissionPlugin, AdmissionRequest } from './admission-plugin.ts';

const CLASSES = { group: 'scheduling.k8s.io', plural: 'priorityclasses' };
/** What is above is the system's (pkg/apis/scheduling: HighestUserDefinablePriority). */
const HIGHEST_OF_USERS = 1_000_000_000;
const PODS = { group: '', resource: 'pods' };

const classesOf = ({ cache }: AdmissionRequest): KubeObject[] =>
  cache
    .resource(resourcePrefix(CLASSES))
    .snapshot()
    .map(({ object }) => object);

/** The class of pods that name none: the lowest of those that say so, should there be several. */
const defaultClass = (request: AdmissionRequest): KubeObject | undefined =>
  classesOf(request)
    .filter((each) => each.globalDefault === true)
    .sort((a, b) => a.value - b.value)[0];

/** Gives pods the number of their priority class, and lets one class at most be the default (plugin/pkg/admission/priority). */
export const priority: AdmissionPlugin = {
  name: 'Priority',
  admit(request) {
    const { operation, definition, ref, object } = request;
    if (operation !== 'CREATE' || ref.subresource !== undefined || object === undefined) return;
    if (definition.group === '' && definition.plural === 'pods') setPriority(request, object);
  },
  validate(request) {
    const { operation, definition, object } = request;
    if (definition.group !== CLASSES.group || definition.plural !== CLASSES.plural || object?.globalDefault !== true) return;
    if (operation !== 'CREATE' && operation !== 'UPDATE') return;
    const other = classesOf(request).find((each) => each.globalDefault === true && each.metadata.name !== object.metadata.name);
    if (other !== undefined)
      throw newForbidden(
        { group: CLASSES.group, resource: CLASSES.plural },
        object.metadata.name ?? '',
        `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`,
      );
  },
};

function setPriority(request: AdmissionRequest, pod: KubeObject): void {
  const { spec } = pod;
  if (spec === undefined) return;
  const refuse = (why: string): Error => newForbidden(PODS, pod.metadata.name ?? '', why);
  const named = spec.priorityClassName as string | undefined;
  const found = named ? classesOf(request).find((each) => each.metadata.name === named) : defaultClass(request);
  if (named && found === undefined) throw refuse(`no PriorityClass with name ${named} was found`);
  if (found !== undefined) spec.priorityClassName = found.metadata.name;
  const [value, policy] = [Number(found?.value ?? 0), String(found?.preemptionPolicy ?? 'PreemptLowerPriority')];
  if (value > HIGHEST_OF_USERS && isHeld(request))
    throw refuse(`pods with ${named} priorityClass is not permitted in ${request.ref.namespace} namespace`);
  if (!Number.isSafeInteger(value)) throw newInternalError(`priority class ${found?.metadata.name} has no number`);
  if (spec.priority !== undefined && spec.priority !== value)
    throw refuse(
      `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
    );
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy)
    throw refuse(
      `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`,
    );
  spec.priority = value;
  spec.preemptionPolicy = policy;
}

/**
 * Whether the namespace's pods are held to a level of security. These belong to their users alone, and must not push the platform's own
 * pods off the node.
 */
function isHeld({ cache, ref }: AdmissionRequest): boolean {
  const namespace = cache.resource(resourcePrefix(namespaces)).get(objectKey(namespaces, undefined, ref.namespace ?? ''))?.object;
  return namespace !== undefined && securityOf(namespace, 'enforce').level !== 'privileged';
}
