import { readFile } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import type { ContainerConfig } from '../../../runtime/container-runtime.ts';
import { ContainerConfigError } from './environment.ts';
import type { Container } from '../types/container-types.ts';
import { podText, type Pod } from '../types/pod-types.ts';

type SecurityConfig = Pick<
  ContainerConfig,
  | 'user' | 'groups' | 'privileged' | 'readOnlyRootfs' | 'capAdd' | 'capDrop'
  | 'noNewPrivileges' | 'seccomp' | 'apparmor' | 'selinuxLabels' | 'unmaskedProc'
>; // prettier-ignore

const stripCap = (name: string): string => name.replace(/^CAP_/, '');

/** Effective values: the container's own over the pod's. */
function effective(pod: Pod, container: Container) {
  const own = container.securityContext ?? {};
  const shared = pod.spec.securityContext ?? {};
  return {
    ...own,
    runAsUser: own.runAsUser ?? shared.runAsUser,
    runAsGroup: own.runAsGroup ?? shared.runAsGroup,
    runAsNonRoot: own.runAsNonRoot ?? shared.runAsNonRoot,
    seccompProfile: own.seccompProfile ?? shared.seccompProfile,
    seLinuxOptions: own.seLinuxOptions ?? shared.seLinuxOptions,
  };
}

/** kubelet: verifyRunAsNonRoot. `imageUser` is the image's USER. */
function verifyRunAsNonRoot(pod: Pod, container: Container, imageUser: string): void {
  const { runAsNonRoot, runAsUser } = effective(pod, container);
  if (runAsNonRoot !== true) return;
  const about = `(pod: "${podText(pod)}", container: ${container.name})`;
  if (runAsUser !== undefined) {
    if (runAsUser === 0) throw new ContainerConfigError(`container's runAsUser breaks non-root policy ${about}`);
    return;
  }
  const user = imageUser.split(':', 1)[0]!;
  if (user === '' || user === '0')
    throw new ContainerConfigError(`container has runAsNonRoot and image will run as root ${about}`);
  if (!/^\d+$/.test(user))
    throw new ContainerConfigError(
      `container has runAsNonRoot and image has non-numeric user (${user}), cannot verify user is non-root ${about}`,
    );
}

/** `user`, as Docker takes it: `uid[:gid]`, with the image's user kept where only a group is given. */
function userOf(uid: number | undefined, gid: number | undefined, imageUser: string): string | undefined {
  if (uid === undefined && gid === undefined) return undefined;
  const user = uid === undefined ? imageUser.split(':', 1)[0] || '0' : String(uid);
  return gid === undefined ? user : `${user}:${gid}`;
}

async function localSeccomp(profileDir: string, path: string): Promise<string> {
  const clean = normalize(path);
  if (clean.startsWith('/') || clean.startsWith('..')) throw new ContainerConfigError(`invalid seccomp profile path: ${path}`);
  try {
    return await readFile(join(profileDir, clean), 'utf8');
  } catch (cause) {
    throw new ContainerConfigError(`cannot load seccomp profile "${path}": ${(cause as Error).message}`, { cause });
  }
}

/** `profileDir`: where seccomp profiles of type Localhost are (kubelet: seccomp below its root). */
export async function securityConfig(
  pod: Pod,
  container: Container,
  imageUser: string,
  profileDir: string,
): Promise<SecurityConfig> {
  verifyRunAsNonRoot(pod, container, imageUser);
  const context = effective(pod, container);
  const shared = pod.spec.securityContext ?? {};
  const user = userOf(context.runAsUser, context.runAsGroup, imageUser);
  const groups = [...(shared.supplementalGroups ?? []), ...(shared.fsGroup === undefined ? [] : [shared.fsGroup])].map(String);
  const { seccompProfile: seccomp, appArmorProfile: apparmor } = context;
  // Without a profile Kubernetes runs unconfined; Docker's default is what dockershim's users had, and is the safer one.
  const profile =
    seccomp?.type === 'Unconfined'
      ? 'unconfined'
      : seccomp?.type === 'Localhost'
        ? await localSeccomp(profileDir, seccomp.localhostProfile ?? '')
        : undefined;
  return {
    ...(user === undefined ? {} : { user }),
    ...(groups.length === 0 ? {} : { groups }),
    privileged: context.privileged === true,
    readOnlyRootfs: context.readOnlyRootFilesystem === true,
    capAdd: (context.capabilities?.add ?? []).map(stripCap),
    capDrop: (context.capabilities?.drop ?? []).map(stripCap),
    noNewPrivileges: context.allowPrivilegeEscalation === false,
    ...(profile === undefined ? {} : { seccomp: profile }),
    ...(apparmor === undefined || apparmor.type === 'RuntimeDefault'
      ? {}
      : { apparmor: apparmor.type === 'Unconfined' ? 'unconfined' : (apparmor.localhostProfile ?? '') }),
    ...(context.seLinuxOptions === undefined
      ? {}
      : { selinuxLabels: Object.entries(context.seLinuxOptions).map(([key, value]) => `${key}:${value}`) }),
    ...(context.procMount === 'Unmasked' ? { unmaskedProc: true } : {}),
  };
}
