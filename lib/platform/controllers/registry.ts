import type { ResourceDefinition } from '../api/define-resource.ts';
import { resources as servedResources } from '../api/registry.ts';
import { admissionPolicyStatusController } from './admission-policy-status-controller.ts';
import { apiServiceAvailabilityController, type ApiServiceProbe } from './api-service-availability-controller.ts';
import { apiServiceRegistrationController } from './api-service-registration-controller.ts';
import { bootstrapController, type ClusterAddresses } from './bootstrap-controller.ts';
import { clusterRoleAggregationController } from './cluster-role-aggregation-controller.ts';
import { type BuilderStreamsOptions, builderStreamsController } from './builder-streams-controller.ts';
import type { BuildDefaults } from '../builds/contract.ts';
import { buildConfigController } from './build-config-controller.ts';
import { buildController } from './build-controller.ts';
import { buildImageController } from './build-image-controller.ts';
import { certificateApprovingController } from './certificate-approving-controller.ts';
import { certificateCleanerController } from './certificate-cleaner-controller.ts';
import { certificateSigningController, type RequestSigner } from './certificate-signing-controller.ts';
import { cronJobController } from './cron-job-controller.ts';
import { daemonSetController } from './daemon-set-controller.ts';
import { defaultRoleBindingsController } from './default-role-bindings-controller.ts';
import type { ControllerDefinition } from './define-controller.ts';
import { definitionCleanupController } from './definition-cleanup-controller.ts';
import { definitionNamingController } from './definition-naming-controller.ts';
import { definedKindInfo } from './definitions/defined-kind-info.ts';
import { deployerController } from './deployer-controller.ts';
import { deploymentConfigController } from './deployment-config-controller.ts';
import { deploymentController } from './deployment-controller.ts';
import { disruptionController } from './disruption-controller.ts';
import { endpointSliceController } from './endpoint-slice-controller.ts';
import { endpointsController } from './endpoints-controller.ts';
import { type ExtensionAuthentication, extensionAuthenticationPublisher } from './extension-authentication-publisher.ts';
import { flowSchemaController } from './flow-schema-controller.ts';
import { garbageCollector } from './garbage-collector.ts';
import { scaleTargets } from './autoscaling/scale-targets.ts';
import { horizontalPodAutoscalerController } from './horizontal-pod-autoscaler-controller.ts';
import { imageStreamController } from './image-stream-controller.ts';
import { imageTriggerController } from './image-trigger-controller.ts';
import { triggeredKinds } from './image-triggers/triggered-kinds.ts';
import { jobController } from './job-controller.ts';
import type { KindInfo } from './kind-info.ts';
import { namespaceController } from './namespace-controller.ts';
import { nodeLifecycleController } from './node-lifecycle-controller.ts';
import { ephemeralVolumeController } from './ephemeral-volume-controller.ts';
import { localVolumeProvisioner } from './local-volume-provisioner.ts';
import { lostVolumeController } from './lost-volume-controller.ts';
import { persistentVolumeClaimController } from './persistent-volume-claim-controller.ts';
import { persistentVolumeController } from './persistent-volume-controller.ts';
import { volumeExpandController } from './volume-expand-controller.ts';
import { claimProtectionController, volumeProtectionController } from './volume-protection-controllers.ts';
import { nodeTtlController } from './node-ttl-controller.ts';
import { podGarbageController } from './pod-garbage-controller.ts';
import { API_SERVICES, CUSTOM_RESOURCE_DEFINITIONS } from './resources.ts';
import { oauthTokenCleaners } from './oauth-token-cleaner-controller.ts';
import { projectRequestController } from './project-request-controller.ts';
import { ingressToRouteController } from './ingress-to-route-controller.ts';
import { replicaSetController } from './replica-set-controller.ts';
import { replicationController } from './replication-controller.ts';
import { rootCaPublisher } from './root-ca-publisher.ts';
import { scheduler } from './scheduler/scheduler.ts';
import { serviceAccountController } from './service-account-controller.ts';
import { statefulSetController } from './stateful-set-controller.ts';
import { ttlAfterFinishedController } from './ttl-after-finished-controller.ts';
import { serviceAccountTokenController } from './service-account-token-controller.ts';

/** What the controllers must be told about the cluster they run in. */
export interface ControllerOptions {
  /** The kinds whose objects are looked after. @default all that are served (api/registry.ts) */
  readonly resources?: readonly ResourceDefinition[];
  readonly addresses: ClusterAddresses;
  /** The authority that pods verify the API server's certificate with. */
  readonly caPem: string;
  /** Signs for clients whose requests have been approved. */
  readonly signer: RequestSigner;
  /** What extension servers are told, so that they know the API server. */
  readonly trust: ExtensionAuthentication;
  /** @default there are none */
  readonly buildDefaults?: BuildDefaults;
  /** Of builder images that the platform's registry is to have. @default it has none */
  readonly builderStreams?: BuilderStreamsOptions;
  /** Asks an extension server whether it is well. */
  readonly probeApiService: ApiServiceProbe;
}

/** Every controller, in the order in which a new cluster needs them. Each call makes them anew: they keep state. */
export function controllers(options: ControllerOptions): readonly ControllerDefinition[] {
  const resources = options.resources ?? servedResources;
  const kinds = resources.flatMap((resource) => kindInfo(resource) ?? []);
  const ownable = kinds.filter(({ resource }) => resource !== 'events');
  return [
    bootstrapController(options.addresses),
    apiServiceRegistrationController(groupVersions(resources)),
    apiServiceAvailabilityController(options.probeApiService),
    extensionAuthenticationPublisher(options.trust),
    definitionNamingController(),
    definitionCleanupController(),
    clusterRoleAggregationController(),
    serviceAccountController(),
    defaultRoleBindingsController(),
    projectRequestController(),
    serviceAccountTokenController(options.caPem),
    rootCaPublisher(options.caPem),
    scheduler(),
    replicationController(),
    replicaSetController(),
    deploymentController(),
    deploymentConfigController(),
    deployerController(),
    ...triggeredKinds.map(imageTriggerController),
    daemonSetController(),
    statefulSetController(),
    jobController(),
    cronJobController(),
    ttlAfterFinishedController(),
    disruptionController(),
    horizontalPodAutoscalerController(scaleTargets(kinds)),
    certificateApprovingController(options.signer),
    certificateSigningController(options.signer),
    certificateCleanerController(),
    buildConfigController(),
    buildImageController(),
    buildController(options.buildDefaults),
    ...oauthTokenCleaners(),
    endpointsController(),
    endpointSliceController(),
    ingressToRouteController(),
    nodeLifecycleController(),
    nodeTtlController(),
    flowSchemaController(),
    imageStreamController(),
    builderStreamsController(options.builderStreams),
    admissionPolicyStatusController(resources),
    namespaceController(kinds, DEFINED),
    garbageCollector(ownable, DEFINED),
    podGarbageController(),
    persistentVolumeClaimController(),
    persistentVolumeController(),
    localVolumeProvisioner(),
    ephemeralVolumeController(),
    volumeExpandController(),
    claimProtectionController(),
    volumeProtectionController(),
    lostVolumeController(),
  ];
}

/** Kinds that come and go with the objects that define them. */
const DEFINED = { of: CUSTOM_RESOURCE_DEFINITIONS, kinds: definedKindInfo };

/** Kinds that cannot be listed and watched hold nothing that a controller could look after; other versions hold the same once more. */
function kindInfo({ group, version, plural, kind, namespaced, verbs, conversion }: ResourceDefinition): KindInfo | undefined {
  if (conversion !== undefined) return undefined;
  if (verbs !== undefined && !(verbs.includes('list') && verbs.includes('watch') && verbs.includes('delete'))) return undefined;
  return { group, version, resource: plural, kind, namespaced };
}

/** Each once. The group of APIServices themselves is there without one, as on the real server. */
function groupVersions(resources: readonly ResourceDefinition[]): { readonly group: string; readonly version: string }[] {
  const all = new Map(resources.map(({ group, version }) => [`${group}/${version}`, { group, version }]));
  return [...all.values()].filter(({ group }) => group !== API_SERVICES.group);
}
