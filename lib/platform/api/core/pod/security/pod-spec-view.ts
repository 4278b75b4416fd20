import type { ObjectMeta } from '../../../meta.ts';

/** What pod security looks at, of a pod or of a template for pods. */
export interface SecuredPod {
  readonly metadata: Pick<ObjectMeta, 'annotations'>;
  readonly spec: SecuredSpec;
}

export interface SecuredSpec {
  readonly securityContext?: PodSecurityContext;
  readonly containers?: readonly SecuredContainer[];
  readonly initContainers?: readonly SecuredContainer[];
  readonly ephemeralContainers?: readonly SecuredContainer[];
  readonly volumes?: readonly (Readonly<Record<string, unknown>> & { readonly name: string })[];
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly os?: { readonly name?: string };
}

interface SharedContext {
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly seccompProfile?: { readonly type?: string };
  readonly appArmorProfile?: { readonly type?: string };
  readonly seLinuxOptions?: { readonly type?: string; readonly user?: string; readonly role?: string };
  readonly windowsOptions?: { readonly hostProcess?: boolean };
}
interface PodSecurityContext extends SharedContext {
  readonly sysctls?: readonly { readonly name: string }[];
}
interface ContainerSecurityContext extends SharedContext {
  readonly privileged?: boolean;
  readonly allowPrivilegeEscalation?: boolean;
  readonly procMount?: string;
  readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
}
/** What a probe or a hook does; only what names a host matters. */
interface SecuredHandler {
  readonly httpGet?: { readonly host?: string };
  readonly tcpSocket?: { readonly host?: string };
}
export interface SecuredContainer {
  readonly name: string;
  readonly livenessProbe?: SecuredHandler;
  readonly readinessProbe?: SecuredHandler;
  readonly startupProbe?: SecuredHandler;
  readonly lifecycle?: { readonly postStart?: SecuredHandler; readonly preStop?: SecuredHandler };
  readonly securityContext?: ContainerSecurityContext;
  readonly ports?: readonly { readonly hostPort?: number }[];
}

/** What a check has found: `reason (detail)`. */
export interface Violation {
  readonly reason: string;
  readonly detail: string;
}

/** One rule of a level; `id` gives its place, and names it for those that replace it. */
export interface SecurityCheck {
  readonly id: string;
  /** Checks of the level below that this one makes needless. */
  readonly replaces?: string;
  check(pod: SecuredPod): Violation | undefined;
}

export const containersOf = ({
  initContainers = [],
  containers = [],
  ephemeralContainers = [],
}: SecuredSpec): readonly SecuredContainer[] => [...initContainers, ...containers, ...ephemeralContainers];

/** Parts of Pod Security's sentences. */
export const quoted = (values: Iterable<string>): string => [...values].map((value) => JSON.stringify(value)).join(', ');
export const plural = (word: string, count: number): string => (count === 1 ? word : `${word}s`);

/** `container "a"`, `containers "a", "b"`. */
export const containerNames = (containers: readonly SecuredContainer[]): string =>
  `${plural('container', containers.length)} ${quoted(containers.map(({ name }) => name))}`;

/** `pod and container "a"`: who set something, at which of the two places; undefined when nobody did. */
export function setters({ spec }: SecuredPod, bad: (context: SharedContext) => boolean): string | undefined {
  const containers = containersOf(spec).filter(({ securityContext }) => bad(securityContext ?? {}));
  const told = [
    ...(bad(spec.securityContext ?? {}) ? ['pod'] : []),
    ...(containers.length === 0 ? [] : [containerNames(containers)]),
  ];
  return told.length === 0 ? undefined : told.join(' and ');
}
