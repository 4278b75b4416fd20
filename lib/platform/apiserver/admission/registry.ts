import type { Clock } from '../../../common/clock.ts';
import type { Log } from '../../../common/log.ts';
import type { AccessControl } from '../../api/access-policy.ts';
import type { Ask } from '../../api/expressions/library/authorizers.ts';
import { queryOf } from '../auth/access-control.ts';
import type { Authorizer } from '../auth/authorizer.ts';
import type { ResourceTable } from '../kinds/resource-table.ts';
import { policyAdmission } from './policies/policy-admission.ts';
import type { AdmissionPlugin } from './admission-plugin.ts';
import { buildPods } from './build-pods.ts';
import { certificateRequests } from './certificate-requests.ts';
import { defaultStorageClass } from './default-storage-class.ts';
import { defaultTolerations } from './default-tolerations.ts';
import { externalAddresses } from './external-addresses.ts';
import { imageStreamLimits } from './image-stream-limits.ts';
import { limitRanger } from './limit-ranger.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { nodeRestriction } from './node-restriction.ts';
import { podSecurity } from './pod-security.ts';
import { priority } from './priority.ts';
import { type ProjectBounds, projectBounds } from './project-bounds.ts';
import type { QuotaLedger } from '../quota/quota-ledger.ts';
import { resourceQuotas } from './resource-quota.ts';
import { serviceAccountAdmission } from './service-account-admission.ts';
import { volumeResize } from './volume-resize.ts';
import { webhookAdmission } from './webhooks/webhook-admission.ts';

export interface AdmissionOptions {
  readonly clock: Clock;
  readonly access: AccessControl;
  readonly quota: QuotaLedger;
  readonly table: ResourceTable;
  readonly authorizer: Authorizer;
  readonly log: Log;
  /** @default projects may grow without bounds */
  readonly projectBounds?: ProjectBounds | undefined;
}

/** In the order they run. */
export const admissionPlugins = (options: AdmissionOptions): readonly AdmissionPlugin[] => {
  const { clock, access, quota, log, table, authorizer } = options;
  const ask: Ask = (user, question) => authorizer.authorize(queryOf(user, question));
  return [
    namespaceLifecycle,
    serviceAccountAdmission(clock),
    limitRanger,
    imageStreamLimits,
    priority,
    defaultTolerations,
    defaultStorageClass,
    volumeResize,
    nodeRestriction,
    podSecurity,
    buildPods(access),
    certificateRequests(access),
    externalAddresses(access),
    policyAdmission({ table, ask }),
    webhookAdmission({ table, ask, log }),
    ...(options.projectBounds === undefined ? [] : [projectBounds(options.projectBounds)]),
    resourceQuotas(quota),
  ];
};
