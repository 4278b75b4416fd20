import type { Clock } from '../../../common/clock.ts';
import type { AdmissionPlugin } from './admission-plugin.ts';
import { defaultTolerations } from './default-tolerations.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { nodeRestriction } from './node-restriction.ts';
import { serviceAccountAdmission } from './service-account-admission.ts';

/** In the order they run. */
export const admissionPlugins = (clock: Clock): readonly AdmissionPlugin[] => [
  namespaceLifecycle,
  serviceAccountAdmission(clock),
  defaultTolerations,
  nodeRestriction,
];
