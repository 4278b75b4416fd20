import { validatingAdmissionPolicyBinding } from './admissionregistration/validating-admission-policy-binding.ts';
import { validatingAdmissionPolicy } from './admissionregistration/validating-admission-policy.ts';
import { mutatingWebhookConfiguration, validatingWebhookConfiguration } from './admissionregistration/webhook-configurations.ts';
import { customResourceDefinition } from './apiextensions/custom-resource-definition.ts';
import { apiService } from './apiregistration/api-service.ts';
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
import { horizontalPodAutoscalerV1 } from './autoscaling/horizontal-pod-autoscaler-v1.ts';
import { horizontalPodAutoscaler } from './autoscaling/horizontal-pod-autoscaler.ts';
import { cronJob } from './batch/cron-job.ts';
import { job } from './batch/job.ts';
import { buildConfig } from './build/build-config.ts';
import { build } from './build/build.ts';
import { certificateSigningRequest } from './certificates/certificate-signing-request.ts';
import { lease } from './coordination/lease.ts';
import { binding } from './core/binding.ts';
import { componentStatus } from './core/component-status.ts';
import { configMap } from './core/config-map.ts';
import { endpoints } from './core/endpoints.ts';
import { event } from './core/event.ts';
import { limitRange } from './core/limit-range.ts';
import { namespace } from './core/namespace.ts';
import { node } from './core/node/node.ts';
import { persistentVolumeClaim } from './core/persistent-volume-claim.ts';
import { persistentVolume } from './core/persistent-volume.ts';
import { podTemplate } from './core/pod-template.ts';
import { pod } from './core/pod/pod.ts';
import { replicationController } from './core/replication-controller.ts';
import { resourceQuota } from './core/resource-quota.ts';
import { secret } from './core/secret.ts';
import { serviceAccount } from './core/service-account.ts';
import { service } from './core/service/service.ts';
import type { ResourceDefinition } from './define-resource.ts';
import { endpointSlice } from './discovery/endpoint-slice.ts';
import { event as groupEvent } from './events/event.ts';
import { flowSchema } from './flowcontrol/flow-schema.ts';
import { priorityLevelConfiguration } from './flowcontrol/priority-level-configuration.ts';
import { nodeMetrics } from './metrics/node-metrics.ts';
import { podMetrics } from './metrics/pod-metrics.ts';
import { imageStreamImage } from './image/image-stream-image.ts';
import { imageStreamImport } from './image/image-stream-import.ts';
import { imageStreamMapping } from './image/image-stream-mapping.ts';
import { imageStreamTag } from './image/image-stream-tag.ts';
import { imageStream } from './image/image-stream.ts';
import { image } from './image/image.ts';
import { clusterNetwork } from './network/cluster-network.ts';
import { netNamespace } from './network/net-namespace.ts';
import { ingressClass } from './networking/ingress-class.ts';
import { ingress } from './networking/ingress.ts';
import { networkPolicy } from './networking/network-policy.ts';
import { runtimeClass } from './node/runtime-class.ts';
import { deploymentConfig } from './openshift-apps/deployment-config.ts';
import { deploymentConfigRollback } from './openshift-apps/rollback.ts';
import { podDisruptionBudget } from './policy/pod-disruption-budget.ts';
import { clusterRoleBinding } from './rbac/cluster-role-binding.ts';
import { clusterRole } from './rbac/cluster-role.ts';
import { roleBinding } from './rbac/role-binding.ts';
import { role } from './rbac/role.ts';
import { route } from './route/route.ts';
import { priorityClass } from './scheduling/priority-class.ts';
import { csiDriver } from './storage/csi-driver.ts';
import { csiNode } from './storage/csi-node.ts';
import { csiStorageCapacity } from './storage/csi-storage-capacity.ts';
import { storageClass } from './storage/storage-class.ts';
import { volumeAttachment } from './storage/volume-attachment.ts';
import { oauthClient } from './oauth/oauth-client.ts';
import { oauthAccessToken, oauthAuthorizeToken } from './oauth/oauth-tokens.ts';
import {
  localResourceAccessReview,
  localSubjectAccessReview as openshiftLocalSubjectAccessReview,
  resourceAccessReview,
  subjectAccessReview as openshiftSubjectAccessReview,
} from './openshift-authorization/access-reviews.ts';
import {
  clusterRoleBinding as openshiftClusterRoleBinding,
  roleBinding as openshiftRoleBinding,
} from './openshift-authorization/binding-views.ts';
import { clusterRole as openshiftClusterRole, role as openshiftRole } from './openshift-authorization/role-views.ts';
import {
  selfSubjectRulesReview as openshiftSelfSubjectRulesReview,
  subjectRulesReview,
} from './openshift-authorization/rules-reviews.ts';
import { projectRequest } from './project/project-request.ts';
import { project } from './project/project.ts';
import { appliedClusterResourceQuota } from './quota/applied-cluster-resource-quota.ts';
import { clusterResourceQuota } from './quota/cluster-resource-quota.ts';
import { processedTemplate, template } from './template/template.ts';
import { group } from './user/group.ts';
import { identity } from './user/identity.ts';
import { user } from './user/user.ts';

/** Every kind that is served: one line each, alphabetical within its group. */
export const resources: readonly ResourceDefinition[] = [
  // core
  binding,
  componentStatus,
  configMap,
  endpoints,
  event,
  limitRange,
  namespace,
  node,
  persistentVolumeClaim,
  persistentVolume,
  pod,
  podTemplate,
  replicationController,
  resourceQuota,
  secret,
  serviceAccount,
  service,
  // admissionregistration.k8s.io
  mutatingWebhookConfiguration,
  validatingAdmissionPolicy,
  validatingAdmissionPolicyBinding,
  validatingWebhookConfiguration,
  // apiextensions.k8s.io
  customResourceDefinition,
  // apiregistration.k8s.io
  apiService,
  // apps.openshift.io
  deploymentConfigRollback,
  deploymentConfig,
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
  // authorization.openshift.io
  openshiftClusterRoleBinding,
  openshiftClusterRole,
  localResourceAccessReview,
  openshiftLocalSubjectAccessReview,
  resourceAccessReview,
  openshiftRoleBinding,
  openshiftRole,
  openshiftSelfSubjectRulesReview,
  openshiftSubjectAccessReview,
  subjectRulesReview,
  // autoscaling
  horizontalPodAutoscalerV1,
  horizontalPodAutoscaler,
  // batch
  cronJob,
  job,
  // build.openshift.io
  buildConfig,
  build,
  // certificates.k8s.io
  certificateSigningRequest,
  // coordination.k8s.io
  lease,
  // discovery.k8s.io
  endpointSlice,
  // events.k8s.io
  groupEvent,
  // flowcontrol.apiserver.k8s.io
  flowSchema,
  priorityLevelConfiguration,
  // image.openshift.io
  image,
  imageStreamImage,
  imageStreamImport,
  imageStreamMapping,
  imageStream,
  imageStreamTag,
  // metrics.k8s.io
  nodeMetrics,
  podMetrics,
  // network.openshift.io
  clusterNetwork,
  netNamespace,
  // networking.k8s.io
  ingressClass,
  ingress,
  networkPolicy,
  // node.k8s.io
  runtimeClass,
  // oauth.openshift.io
  oauthAccessToken,
  oauthAuthorizeToken,
  oauthClient,
  // policy
  podDisruptionBudget,
  // project.openshift.io
  projectRequest,
  project,
  // quota.openshift.io
  appliedClusterResourceQuota,
  clusterResourceQuota,
  // rbac.authorization.k8s.io
  clusterRoleBinding,
  clusterRole,
  roleBinding,
  role,
  // route.openshift.io
  route,
  // scheduling.k8s.io
  priorityClass,
  // storage.k8s.io
  csiDriver,
  csiNode,
  csiStorageCapacity,
  storageClass,
  volumeAttachment,
  // template.openshift.io
  processedTemplate,
  template,
  // user.openshift.io
  group,
  identity,
  user,
];
