import { controllerRevision } from './apps/controller-revision.ts';
import { daemonSet } from './apps/daemon-set.ts';
import { deployment } from './apps/deployment.ts';
import { replicaSet } from './apps/replica-set.ts';
import { statefulSet } from './apps/stateful-set.ts';
import { selfSubjectReview } from './authentication/self-subject-review.ts';
import { tokenReview } from './authentication/token-review.ts';
import { localSubjectAccessReview } from './authorization/local-subject-access-review.ts';
import { selfSubjectAccessReview } from './authorization/self-subject-access-review.ts';
import { selfSubjectRulesReview } from './authorization/self-subject-rules-review.ts';
import { subjectAccessReview } from './authorization/subject-access-review.ts';
import { cronJob } from './batch/cron-job.ts';
import { job } from './batch/job.ts';
import { lease } from './coordination/lease.ts';
import { binding } from './core/binding.ts';
import { configMap } from './core/config-map.ts';
import { endpoints } from './core/endpoints.ts';
import { event } from './core/event.ts';
import { namespace } from './core/namespace.ts';
import { node } from './core/node/node.ts';
import { pod } from './core/pod/pod.ts';
import { replicationController } from './core/replication-controller.ts';
import { secret } from './core/secret.ts';
import { serviceAccount } from './core/service-account.ts';
import { service } from './core/service/service.ts';
import type { ResourceDefinition } from './define-resource.ts';
import { endpointSlice } from './discovery/endpoint-slice.ts';
import { clusterRole } from './rbac/cluster-role.ts';
import { clusterRoleBinding } from './rbac/cluster-role-binding.ts';
import { role } from './rbac/role.ts';
import { roleBinding } from './rbac/role-binding.ts';

/** Every kind that is served: one line each, alphabetical within its group. */
export const resources: readonly ResourceDefinition[] = [
  // core
  binding,
  configMap,
  endpoints,
  event,
  namespace,
  node,
  pod,
  replicationController,
  secret,
  serviceAccount,
  service,
  // apps
  controllerRevision,
  daemonSet,
  deployment,
  replicaSet,
  statefulSet,
  // authentication.k8s.io
  selfSubjectReview,
  tokenReview,
  // authorization.k8s.io
  localSubjectAccessReview,
  selfSubjectAccessReview,
  selfSubjectRulesReview,
  subjectAccessReview,
  // batch
  cronJob,
  job,
  // coordination.k8s.io
  lease,
  // discovery.k8s.io
  endpointSlice,
  // rbac.authorization.k8s.io
  clusterRoleBinding,
  clusterRole,
  roleBinding,
  role,
];
