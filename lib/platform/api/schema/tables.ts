import admissionregistrationV1 from '../generated/admissionregistration.v1.json' with { type: 'json' };
import apiextensionsV1 from './written/apiextensions.v1.json' with { type: 'json' };
import apiregistrationV1 from './written/apiregistration.v1.json' with { type: 'json' };
import extensionsV1beta1 from './written/extensions.v1beta1.json' with { type: 'json' };
import metricsV1beta1 from './written/metrics.v1beta1.json' with { type: 'json' };
import appsV1 from '../generated/apps.v1.json' with { type: 'json' };
import authenticationV1 from '../generated/authentication.v1.json' with { type: 'json' };
import authorizationV1 from '../generated/authorization.v1.json' with { type: 'json' };
import autoscalingV1 from '../generated/autoscaling.v1.json' with { type: 'json' };
import autoscalingV2 from '../generated/autoscaling.v2.json' with { type: 'json' };
import batchV1 from '../generated/batch.v1.json' with { type: 'json' };
import certificatesV1 from '../generated/certificates.v1.json' with { type: 'json' };
import coordinationV1 from '../generated/coordination.v1.json' with { type: 'json' };
import coreV1 from '../generated/core.v1.json' with { type: 'json' };
import discoveryV1 from '../generated/discovery.v1.json' with { type: 'json' };
import eventsV1 from '../generated/events.v1.json' with { type: 'json' };
import flowcontrolV1 from '../generated/flowcontrol.v1.json' with { type: 'json' };
import metaV1 from '../generated/meta.v1.json' with { type: 'json' };
import networkingV1 from '../generated/networking.v1.json' with { type: 'json' };
import nodeV1 from '../generated/node.v1.json' with { type: 'json' };
import openshiftAppsV1 from '../generated/openshift-apps.v1.json' with { type: 'json' };
import openshiftAuthorizationV1 from '../generated/openshift-authorization.v1.json' with { type: 'json' };
import openshiftBuildV1 from '../generated/openshift-build.v1.json' with { type: 'json' };
import openshiftImageV1 from '../generated/openshift-image.v1.json' with { type: 'json' };
import openshiftNetworkV1 from '../generated/openshift-network.v1.json' with { type: 'json' };
import openshiftOauthV1 from '../generated/openshift-oauth.v1.json' with { type: 'json' };
import openshiftProjectV1 from '../generated/openshift-project.v1.json' with { type: 'json' };
import openshiftQuotaV1 from '../generated/openshift-quota.v1.json' with { type: 'json' };
import openshiftRouteV1 from '../generated/openshift-route.v1.json' with { type: 'json' };
import openshiftSecurityV1 from '../generated/openshift-security.v1.json' with { type: 'json' };
import openshiftTemplateV1 from '../generated/openshift-template.v1.json' with { type: 'json' };
import openshiftUserV1 from '../generated/openshift-user.v1.json' with { type: 'json' };
import policyV1 from '../generated/policy.v1.json' with { type: 'json' };
import rbacV1 from '../generated/rbac.v1.json' with { type: 'json' };
import schedulingV1 from '../generated/scheduling.v1.json' with { type: 'json' };
import storageV1 from '../generated/storage.v1.json' with { type: 'json' };
import type { GroupTable } from './table-format.ts';

/** The generated tables by their file name. */
export const tables: Readonly<Record<string, GroupTable>> = {
  'admissionregistration.v1': admissionregistrationV1,
  'apiextensions.v1': apiextensionsV1,
  'apiregistration.v1': apiregistrationV1,
  'apps.v1': appsV1,
  'authentication.v1': authenticationV1,
  'authorization.v1': authorizationV1,
  'autoscaling.v1': autoscalingV1,
  'autoscaling.v2': autoscalingV2,
  'batch.v1': batchV1,
  'certificates.v1': certificatesV1,
  'coordination.v1': coordinationV1,
  'core.v1': coreV1,
  'discovery.v1': discoveryV1,
  'events.v1': eventsV1,
  'extensions.v1beta1': extensionsV1beta1,
  'flowcontrol.v1': flowcontrolV1,
  'meta.v1': metaV1,
  'metrics.v1beta1': metricsV1beta1,
  'networking.v1': networkingV1,
  'node.v1': nodeV1,
  'openshift-apps.v1': openshiftAppsV1,
  'openshift-authorization.v1': openshiftAuthorizationV1,
  'openshift-build.v1': openshiftBuildV1,
  'openshift-image.v1': openshiftImageV1,
  'openshift-network.v1': openshiftNetworkV1,
  'openshift-oauth.v1': openshiftOauthV1,
  'openshift-project.v1': openshiftProjectV1,
  'openshift-quota.v1': openshiftQuotaV1,
  'openshift-route.v1': openshiftRouteV1,
  'openshift-security.v1': openshiftSecurityV1,
  'openshift-template.v1': openshiftTemplateV1,
  'openshift-user.v1': openshiftUserV1,
  'policy.v1': policyV1,
  'rbac.v1': rbacV1,
  'scheduling.v1': schedulingV1,
  'storage.v1': storageV1,
  // JSON modules are inferred with plain arrays where the format has tuples.
} as unknown as Record<string, GroupTable>;
