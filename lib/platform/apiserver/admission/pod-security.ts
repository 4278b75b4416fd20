import { namespace as namespaces } from '../../api/core/namespace.ts';
import { pod as pods } from '../../api/core/pod/pod.ts';
import {
  SECURITY_MODES,
  securedPodOf,
  securityOf,
  securityViolation,
  validateSecurityLabels,
} from '../../api/core/pod/security/pod-security.ts';
import type { KubeObject } from '../../api/meta.ts';
import { newForbidden, newInvalid } from '../../api/status-error.ts';
import { equalJson } from '../store/json-value.ts';
import { objectKey, resourcePrefix } from '../store/storage-key.ts';
import type { AdmissionPlugin, AdmissionRequest } from './admission-plugin.ts';

const ANNOTATIONS = 'pod-security.kubernetes.io/';

/** Subresources of pods that say nothing of what their containers may do. */
const IRRELEVANT = new Set(['status', 'binding', 'eviction', 'token', 'scale', 'finalize', 'approval']);

/** Holds pods to the level that their namespace's labels name (staging/src/k8s.io/pod-security-admission). */
export const podSecurity: AdmissionPlugin = {
  name: 'PodSecurity',
  validate(request) {
    const { operation, definition, ref, object, old } = request;
    if (object === undefined || (operation !== 'CREATE' && operation !== 'UPDATE')) return;
    if (definition === namespaces) return checkLabels(request, object);
    if (ref.namespace === undefined || IRRELEVANT.has(ref.subresource ?? '')) return;
    const pod = securedPodOf(object);
    // A write that leaves the spec alone lets nothing in that is not there already.
    if (pod === undefined || (operation === 'UPDATE' && old !== undefined && equalJson(object.spec, old.spec))) return;
    const namespace = request.cache
      .resource(resourcePrefix(namespaces))
      .get(objectKey(namespaces, undefined, ref.namespace))?.object;
    if (namespace === undefined) return;
    if (definition === pods) {
      const { level, version } = securityOf(namespace, 'enforce');
      request.annotate?.(`${ANNOTATIONS}enforce-policy`, `${level}:${version}`);
    }
    for (const mode of SECURITY_MODES) {
      const found = securityViolation(pod, securityOf(namespace, mode));
      if (found === undefined) continue;
      // Controllers are told now what their pods will be refused for.
      if (mode === 'enforce' && definition === pods)
        throw newForbidden({ group: '', resource: pods.plural }, object.metadata.name ?? '', `violates ${found}`);
      if (mode === 'warn') request.warnings.push(`would violate ${found}`);
      if (mode === 'audit') request.annotate?.(`${ANNOTATIONS}audit-violations`, `would violate ${found}`);
    }
  },
};

function checkLabels({ operation, old, ref }: AdmissionRequest, namespace: KubeObject): void {
  if (ref.subresource !== undefined || (operation === 'UPDATE' && equalJson(namespace.metadata.labels, old?.metadata.labels)))
    return;
  const causes = validateSecurityLabels(namespace);
  if (causes.length > 0) throw newInvalid(namespaces, namespace.metadata.name ?? '', causes);
}
