import { defineResource } from '../../define-resource.ts';
import type { KubeObject } from '../../meta.ts';
import { newInvalid } from '../../status-error.ts';
import { forbidden } from '../../validation/causes.ts';
import { binding } from './binding.ts';
import { ephemeralContainers } from './ephemeral-containers.ts';
import { eviction } from './eviction.ts';
import { podColumns } from './pod-columns.ts';
import { podNodeSubresources } from './pod-node-subresources.ts';
import { podProxy } from './pod-proxy.ts';
import { podQuota } from './pod-quota.ts';
import { validatePodStatusUpdate, validatePodUpdate } from './pod-update-validation.ts';
import { validatePod } from './pod-validation.ts';
import { qosClass } from './qos-class.ts';
import { resize } from './resize.ts';

function defaults(pod: KubeObject): void {
  const { spec } = pod;
  if (spec === undefined) return;
  // The old name of the same field: both are kept equal.
  const account = spec.serviceAccountName || spec.serviceAccount;
  if (account) {
    spec.serviceAccountName = account;
    spec.serviceAccount = account;
  }
}

function prepareForCreate(pod: KubeObject): void {
  if ((pod.spec?.ephemeralContainers ?? []).length > 0)
    throw newInvalid({ group: '', kind: 'Pod' }, pod.metadata.name ?? '', [
      forbidden('spec.ephemeralContainers', 'cannot be set on create'),
    ]);
  const gated = (pod.spec?.schedulingGates ?? []).length > 0;
  pod.spec ??= {};
  pod.status = {
    phase: 'Pending',
    qosClass: qosClass(pod.spec),
    ...(gated
      ? {
          conditions: [
            {
              type: 'PodScheduled',
              status: 'False',
              lastProbeTime: null,
              lastTransitionTime: null,
              reason: 'SchedulingGated',
              message: 'Scheduling is blocked due to non-empty scheduling gates',
            },
          ],
        }
      : {}),
  };
}

/** Admission has computed them at the creation; a file without them (kubectl replace) does not mean another rank. */
function prepareForUpdate(pod: KubeObject, old: KubeObject): void {
  for (const field of ['priority', 'preemptionPolicy'])
    if (pod.spec[field] === undefined && old.spec[field] !== undefined) pod.spec[field] = old.spec[field];
}

/** Nothing is waited for where nothing runs. */
function deletionGracePeriod(pod: KubeObject, requested: number | undefined): number {
  const period = requested ?? pod.spec?.terminationGracePeriodSeconds ?? 30;
  const runs = pod.spec?.nodeName && pod.status?.phase !== 'Failed' && pod.status?.phase !== 'Succeeded';
  if (!runs) return 0;
  return period < 0 ? 1 : period;
}

export const pod = defineResource({
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  shortNames: ['po'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.Pod',
  quota: podQuota,
  strategy: {
    defaults,
    prepareForCreate,
    prepareForUpdate,
    validate: validatePod,
    validateUpdate: validatePodUpdate,
    deletionGracePeriod,
  },
  status: {
    prepareForUpdate: (object, old) => {
      object.spec = old.spec;
      object.status ??= {};
      object.status.qosClass ??= old.status?.qosClass;
      // A node that reports late may not bring back what was deleted or owned meanwhile.
      if (old.metadata.ownerReferences === undefined) delete object.metadata.ownerReferences;
      else object.metadata.ownerReferences = old.metadata.ownerReferences;
    },
    validateUpdate: validatePodStatusUpdate,
  },
  subresources: { ...podNodeSubresources, binding, ephemeralcontainers: ephemeralContainers, eviction, proxy: podProxy, resize },
  selectableFields: {
    'spec.hostNetwork': (object) => String(object.spec?.hostNetwork ?? false),
    'spec.nodeName': (object) => object.spec?.nodeName ?? '',
    'spec.restartPolicy': (object) => object.spec?.restartPolicy ?? '',
    'spec.schedulerName': (object) => object.spec?.schedulerName ?? '',
    'spec.serviceAccountName': (object) => object.spec?.serviceAccountName ?? '',
    'status.nominatedNodeName': (object) => object.status?.nominatedNodeName ?? '',
    'status.phase': (object) => object.status?.phase ?? '',
    'status.podIP': (object) => object.status?.podIPs?.[0]?.ip ?? object.status?.podIP ?? '',
  },
  columns: podColumns,
});
