import { BASELINE_SYSCTLS } from './safe-sysctls.ts';
import {
  containerNames,
  containersOf,
  plural,
  quoted,
  type SecuredContainer,
  type SecuredPod,
  type SecurityCheck,
  setters,
  type Violation,
} from './pod-spec-view.ts';

const DEFAULT_CAPABILITIES = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);
const SELINUX_TYPES = new Set(['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t']);
const APPARMOR_ANNOTATION = 'container.apparmor.security.beta.kubernetes.io/';

/** Whether a seccomp or AppArmor profile of that type holds a container back. */
export const isConfined = (type: string | undefined): boolean => type === 'RuntimeDefault' || type === 'Localhost';

/** Capabilities that were added and are none of these, and who added them. */
export function addedCapabilities({ spec }: SecuredPod, allowed: (name: string) => boolean): string | undefined {
  const bad = (names: readonly string[] = []): string[] => names.filter((name) => !allowed(name));
  const adding = containersOf(spec).filter(({ securityContext }) => bad(securityContext?.capabilities?.add).length > 0);
  if (adding.length === 0) return undefined;
  const names = new Set(adding.flatMap(({ securityContext }) => bad(securityContext?.capabilities?.add)).toSorted());
  return `${containerNames(adding)} must not include ${quoted(names)} in securityContext.capabilities.add`;
}

/** A violation with this reason, when there is something to tell. */
export const violation = (reason: string, detail: string | undefined): Violation | undefined =>
  detail === undefined || detail === '' ? undefined : { reason, detail };

function hostPorts({ spec }: SecuredPod): string | undefined {
  const using = containersOf(spec).filter(({ ports = [] }) => ports.some(({ hostPort }) => (hostPort ?? 0) !== 0));
  const ports = new Set(
    using.flatMap((container) => (container.ports ?? []).flatMap(({ hostPort }) => (hostPort ? [String(hostPort)] : []))),
  );
  if (using.length === 0) return undefined;
  const uses = using.length === 1 ? 'uses' : 'use';
  return `${containerNames(using)} ${uses} ${plural('hostPort', ports.size)} ${[...ports].toSorted().join(', ')}`;
}

/** The node itself asks: a host that a pod names would be asked with the node's network. */
function probedHosts({ spec }: SecuredPod): string | undefined {
  const hostsOf = ({ livenessProbe, readinessProbe, startupProbe, lifecycle }: SecuredContainer): string[] =>
    [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop]
      .flatMap((handler) => [handler?.httpGet?.host, handler?.tcpSocket?.host])
      .filter((host) => host !== undefined && host !== '') as string[];
  const using = containersOf(spec).filter((container) => hostsOf(container).length > 0);
  if (using.length === 0) return undefined;
  const hosts = [...new Set(using.flatMap(hostsOf))].toSorted();
  return `${containerNames(using)} ${using.length === 1 ? 'uses' : 'use'} ${plural('probe or lifecycle host', hosts.length)} ${quoted(hosts)}`;
}

function seLinux(pod: SecuredPod): string | undefined {
  const types = new Set<string>();
  let [user, role] = [false, false];
  const told = setters(pod, ({ seLinuxOptions: options }) => {
    if (options === undefined) return false;
    const badType = !SELINUX_TYPES.has(options.type ?? '');
    if (badType) types.add(options.type!);
    user ||= Boolean(options.user);
    role ||= Boolean(options.role);
    return badType || Boolean(options.user) || Boolean(options.role);
  });
  if (told === undefined) return undefined;
  const data = [
    ...(types.size === 0 ? [] : [`${plural('type', types.size)} ${quoted([...types].toSorted())}`]),
    ...(user ? ['user may not be set'] : []),
    ...(role ? ['role may not be set'] : []),
  ];
  return `${told} set forbidden securityContext.seLinuxOptions: ${data.join('; ')}`;
}

function appArmor(pod: SecuredPod): string[] {
  const types = new Set<string>();
  const told = setters(pod, ({ appArmorProfile: profile }) => {
    if (profile === undefined || isConfined(profile.type)) return false;
    types.add(profile.type ?? '');
    return true;
  });
  const annotations = Object.entries(pod.metadata.annotations ?? {})
    .filter(
      ([key, value]) =>
        key.startsWith(APPARMOR_ANNOTATION) && value !== '' && value !== 'runtime/default' && !value.startsWith('localhost/'),
    )
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .toSorted();
  return [
    ...(told === undefined ? [] : [`${told} must not set AppArmor profile type to ${quoted([...types].toSorted())}`]),
    ...annotations,
  ];
}

/** Who sets a profile that confines nothing; undefined: nobody. */
export function seccompSetters(pod: SecuredPod): string | undefined {
  const types = new Set<string>();
  const told = setters(pod, ({ seccompProfile: profile }) => {
    if (profile === undefined || isConfined(profile.type)) return false;
    types.add(profile.type ?? '');
    return true;
  });
  return told === undefined
    ? undefined
    : `${told} must not set securityContext.seccompProfile.type to ${quoted([...types].toSorted())}`;
}

/** Kubernetes' baseline: no way out of the container that is known (pod-security-admission/policy, by id). */
export const baselineChecks: readonly SecurityCheck[] = [
  {
    id: 'appArmorProfile',
    check(pod) {
      const found = appArmor(pod);
      return violation(plural('forbidden AppArmor profile', found.length), found.join(', '));
    },
  },
  {
    id: 'capabilities_baseline',
    check: (pod) =>
      violation(
        'non-default capabilities',
        addedCapabilities(pod, (name) => DEFAULT_CAPABILITIES.has(name)),
      ),
  },
  {
    id: 'hostNamespaces',
    check: ({ spec }) =>
      violation(
        'host namespaces',
        (['hostNetwork', 'hostPID', 'hostIPC'] as const)
          .filter((name) => spec[name] === true)
          .map((name) => `${name}=true`)
          .join(', '),
      ),
  },
  {
    id: 'hostPathVolumes',
    check({ spec }) {
      const names = (spec.volumes ?? []).filter(({ hostPath }) => hostPath !== undefined).map(({ name }) => name);
      return violation('hostPath volumes', names.length === 0 ? undefined : `${plural('volume', names.length)} ${quoted(names)}`);
    },
  },
  { id: 'hostPorts', check: (pod) => violation('hostPort', hostPorts(pod)) },
  { id: 'hostProbesAndHostLifecycle', check: (pod) => violation('probe or lifecycle host', probedHosts(pod)) },
  {
    id: 'privileged',
    check({ spec }) {
      const bad = containersOf(spec).filter(({ securityContext }) => securityContext?.privileged === true);
      return violation(
        'privileged',
        bad.length === 0 ? undefined : `${containerNames(bad)} must not set securityContext.privileged=true`,
      );
    },
  },
  {
    id: 'procMount',
    check({ spec }) {
      const mount = (of: { securityContext?: { procMount?: string } }): string => of.securityContext?.procMount ?? 'Default';
      const bad = containersOf(spec).filter((container) => mount(container) !== 'Default');
      const types = quoted([...new Set(bad.map(mount))].toSorted());
      return violation(
        'procMount',
        bad.length === 0 ? undefined : `${containerNames(bad)} must not set securityContext.procMount to ${types}`,
      );
    },
  },
  { id: 'seLinuxOptions', check: (pod) => violation('seLinuxOptions', seLinux(pod)) },
  { id: 'seccompProfile_baseline', check: (pod) => violation('seccompProfile', seccompSetters(pod)) },
  {
    id: 'sysctls',
    check: ({ spec }) =>
      violation(
        'forbidden sysctls',
        (spec.securityContext?.sysctls ?? [])
          .map(({ name }) => name)
          .filter((name) => !BASELINE_SYSCTLS.includes(name))
          .join(', '),
      ),
  },
  {
    id: 'windowsHostProcess',
    check(pod) {
      const told = setters(pod, ({ windowsOptions }) => windowsOptions?.hostProcess === true);
      return violation('hostProcess', told && `${told} must not set securityContext.windowsOptions.hostProcess=true`);
    },
  },
];
