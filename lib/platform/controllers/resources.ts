import type { GroupVersionResource, ResourceRef } from '../api/verbs.ts';
import type { KubeObject } from '../api/meta.ts';

const core = (resource: string): GroupVersionResource => ({ group: '', version: 'v1', resource });

export const CONFIG_MAPS = core('configmaps');
export const ENDPOINTS = core('endpoints');
export const EVENTS = core('events');
export const NAMESPACES = core('namespaces');
export const NODES = core('nodes');
export const PERSISTENT_VOLUME_CLAIMS = core('persistentvolumeclaims');
export const PERSISTENT_VOLUMES = core('persistentvolumes');
export const PODS = core('pods');
export const REPLICATION_CONTROLLERS = core('replicationcontrollers');
export const SECRETS = core('secrets');
export const SERVICE_ACCOUNTS = core('serviceaccounts');
export const SERVICES = core('services');

const apps = (resource: string): GroupVersionResource => ({ group: 'apps', version: 'v1', resource });

export const CONTROLLER_REVISIONS = apps('controllerrevisions');
export const DAEMON_SETS = apps('daemonsets');
export const DEPLOYMENTS = apps('deployments');
export const REPLICA_SETS = apps('replicasets');
export const STATEFUL_SETS = apps('statefulsets');

export const DEPLOYMENT_CONFIGS: GroupVersionResource = {
  group: 'apps.openshift.io',
  version: 'v1',
  resource: 'deploymentconfigs',
};

export const API_SERVICES: GroupVersionResource = { group: 'apiregistration.k8s.io', version: 'v1', resource: 'apiservices' };
export const ADMISSION_POLICIES: GroupVersionResource = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  resource: 'validatingadmissionpolicies',
};
export const AUTOSCALERS: GroupVersionResource = { group: 'autoscaling', version: 'v2', resource: 'horizontalpodautoscalers' };
export const BUILDS: GroupVersionResource = { group: 'build.openshift.io', version: 'v1', resource: 'builds' };
export const BUILD_CONFIGS: GroupVersionResource = { ...BUILDS, resource: 'buildconfigs' };
export const CERTIFICATE_SIGNING_REQUESTS: GroupVersionResource = {
  group: 'certificates.k8s.io',
  version: 'v1',
  resource: 'certificatesigningrequests',
};
export const CUSTOM_RESOURCE_DEFINITIONS: GroupVersionResource = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  resource: 'customresourcedefinitions',
};
export const SUBJECT_ACCESS_REVIEWS: GroupVersionResource = {
  group: 'authorization.k8s.io',
  version: 'v1',
  resource: 'subjectaccessreviews',
};
export const CRON_JOBS: GroupVersionResource = { group: 'batch', version: 'v1', resource: 'cronjobs' };
export const IMAGES: GroupVersionResource = { group: 'image.openshift.io', version: 'v1', resource: 'images' };
export const IMAGE_STREAMS: GroupVersionResource = { group: 'image.openshift.io', version: 'v1', resource: 'imagestreams' };
export const ROUTES: GroupVersionResource = { group: 'route.openshift.io', version: 'v1', resource: 'routes' };
export const INGRESSES: GroupVersionResource = { group: 'networking.k8s.io', version: 'v1', resource: 'ingresses' };
export const INGRESS_CLASSES: GroupVersionResource = { ...INGRESSES, resource: 'ingressclasses' };
export const JOBS: GroupVersionResource = { group: 'batch', version: 'v1', resource: 'jobs' };
export const ENDPOINT_SLICES: GroupVersionResource = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' };
export const CLUSTER_ROLES: GroupVersionResource = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  resource: 'clusterroles',
};
export const ROLE_BINDINGS: GroupVersionResource = { ...CLUSTER_ROLES, resource: 'rolebindings' };
export const FLOW_SCHEMAS: GroupVersionResource = {
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  resource: 'flowschemas',
};
export const PRIORITY_LEVELS: GroupVersionResource = { ...FLOW_SCHEMAS, resource: 'prioritylevelconfigurations' };
export const POD_DISRUPTION_BUDGETS: GroupVersionResource = { group: 'policy', version: 'v1', resource: 'poddisruptionbudgets' };
export const STORAGE_CLASSES: GroupVersionResource = { group: 'storage.k8s.io', version: 'v1', resource: 'storageclasses' };
export const LEASES: GroupVersionResource = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases' };

/** Where an object of that kind lives. */
export function refTo(of: GroupVersionResource, object: KubeObject, subresource?: string): ResourceRef {
  const { namespace, name } = object.metadata;
  return {
    ...of,
    ...(namespace === undefined || namespace === '' ? {} : { namespace }),
    name: name!,
    ...(subresource === undefined ? {} : { subresource }),
  };
}
