import { addedCapabilities, isConfined, seccompSetters, violation } from './baseline-checks.ts';
import { containerNames, containersOf, plural, quoted, type SecuredPod, type SecurityCheck, setters } from './pod-spec-view.ts';

const ALLOWED_VOLUMES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
];

const isWindows = ({ spec }: SecuredPod): boolean => spec.os?.name === 'windows';

function runAsNonRoot(pod: SecuredPod): string | undefined {
  const explicit = setters(pod, (context) => context.runAsNonRoot === false);
  if (explicit !== undefined) return `${explicit} must not set securityContext.runAsNonRoot=false`;
  if (pod.spec.securityContext?.runAsNonRoot === true) return undefined;
  const implicit = containersOf(pod.spec).filter(({ securityContext }) => securityContext?.runAsNonRoot === undefined);
  return implicit.length === 0 ? undefined : `pod or ${containerNames(implicit)} must set securityContext.runAsNonRoot=true`;
}

function seccomp(pod: SecuredPod): string | undefined {
  const explicit = seccompSetters(pod);
  if (explicit !== undefined) return explicit;
  if (isConfined(pod.spec.securityContext?.seccompProfile?.type)) return undefined;
  const implicit = containersOf(pod.spec).filter(({ securityContext }) => securityContext?.seccompProfile === undefined);
  if (implicit.length === 0) return undefined;
  return `pod or ${containerNames(implicit)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`;
}

function capabilities(pod: SecuredPod): string {
  const missing = containersOf(pod.spec).filter(
    ({ securityContext }) => securityContext?.capabilities?.drop?.includes('ALL') !== true,
  );
  const added = addedCapabilities(pod, (name) => name === 'NET_BIND_SERVICE');
  return [
    ...(missing.length === 0 ? [] : [`${containerNames(missing)} must set securityContext.capabilities.drop=["ALL"]`]),
    ...(added === undefined ? [] : [added]),
  ].join('; ');
}

function volumes({ spec }: SecuredPod): string | undefined {
  const bad = (spec.volumes ?? []).filter((volume) => !ALLOWED_VOLUMES.some((type) => volume[type] !== undefined));
  if (bad.length === 0) return undefined;
  const types = new Set(bad.map((volume) => Object.keys(volume).find((key) => key !== 'name') ?? 'unknown').toSorted());
  const uses = bad.length === 1 ? 'uses' : 'use';
  return `${plural('volume', bad.length)} ${quoted(bad.map(({ name }) => name))} ${uses} restricted volume ${plural('type', types.size)} ${quoted(types)}`;
}

/** Kubernetes' restricted level beyond baseline: what a program that needs nothing of the machine can do without. */
export const restrictedChecks: readonly SecurityCheck[] = [
  {
    id: 'allowPrivilegeEscalation',
    check(pod) {
      if (isWindows(pod)) return undefined;
      const bad = containersOf(pod.spec).filter(({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false);
      return violation(
        'allowPrivilegeEscalation != false',
        bad.length === 0 ? undefined : `${containerNames(bad)} must set securityContext.allowPrivilegeEscalation=false`,
      );
    },
  },
  {
    id: 'capabilities_restricted',
    replaces: 'capabilities_baseline',
    check: (pod) => (isWindows(pod) ? undefined : violation('unrestricted capabilities', capabilities(pod))),
  },
  { id: 'restrictedVolumes', replaces: 'hostPathVolumes', check: (pod) => violation('restricted volume types', volumes(pod)) },
  { id: 'runAsNonRoot', check: (pod) => violation('runAsNonRoot != true', runAsNonRoot(pod)) },
  {
    id: 'runAsUser',
    check(pod) {
      const told = setters(pod, ({ runAsUser }) => runAsUser === 0);
      return violation('runAsUser=0', told && `${told} must not set runAsUser=0`);
    },
  },
  {
    id: 'seccompProfile_restricted',
    replaces: 'seccompProfile_baseline',
    check: (pod) => (isWindows(pod) ? undefined : violation('seccompProfile', seccomp(pod))),
  },
];
