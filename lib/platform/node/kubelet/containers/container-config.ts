import { randomBytes } from 'node:crypto';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerConfig, Device, ImageInfo, Mount } from '../../../runtime/container-runtime.ts';
import { containerLabels, engineName } from '../container-labels.ts';
import type { KubeletContext } from '../kubelet-context.ts';
import type { Container } from '../types/container-types.ts';
import type { Pod } from '../types/pod-types.ts';
import type { VolumeMount } from '../types/volume-types.ts';
import type { ReadyVolume } from '../volumes/pod-volumes.ts';
import { bindSubPath } from '../volumes/sub-path.ts';
import { ContainerConfigError, containerEnvironment } from './environment.ts';
import { expandVariables } from './expansion.ts';
import { cgroupLimits, oomScoreAdjust } from './resource-values.ts';
import { securityConfig } from './security.ts';
import { serviceVariables } from './service-environment.ts';

export interface ConfigInput {
  readonly pod: Pod;
  readonly container: Container;
  readonly attempt: number;
  readonly sandboxId: string;
  readonly image: ImageInfo;
  readonly volumes: ReadonlyMap<string, ReadyVolume>;
  readonly podIPs: readonly string[];
  /** The engine's id of a container of the pod, when it has been made. */
  readonly engineId: (name: string) => string | undefined;
  readonly onInvalidKeys: (message: string) => void;
}

/** Whether its environment needs the pod's address, so that it cannot be made before there is one. */
export const needsPodIP = (container: Container): boolean =>
  (container.env ?? []).some(({ valueFrom }) => valueFrom?.fieldRef?.fieldPath.startsWith('status.podIP') === true);

/** Everything the engine must know about a container. Rejects with a ContainerConfigError for what the spec got wrong. */
export async function containerConfig(context: KubeletContext, input: ConfigInput): Promise<ContainerConfig> {
  const { pod, container, attempt, sandboxId, image } = input;
  const environment = await containerEnvironment({
    pod,
    container,
    source: context.source,
    services: serviceVariables(context.services(), pod.metadata.namespace, pod.spec.enableServiceLinks !== false),
    addresses: { podIPs: input.podIPs, hostIPs: context.hostIPs },
    node: context.capacity,
    onInvalidKeys: input.onInvalidKeys,
  });
  const expand = (text: string): string => expandVariables(text, (name) => environment.get(name));
  const [security, mounts, terminationLog] = await Promise.all([
    securityConfig(pod, container, image.user, context.seccompDir),
    volumeMounts(context, input, expand),
    makeTerminationLog(context, pod, container),
  ]);
  if (terminationLog !== undefined)
    mounts.push({ source: terminationLog, target: container.terminationMessagePath!, readOnly: false });
  mounts.push(...context.programs.forDeployer(container), ...((await context.builds?.mounts(pod, container)) ?? []));
  return {
    name: engineName(pod, container.name, attempt),
    image: context.puller.engineName(container.image ?? ''),
    ...(container.command === undefined || container.command.length === 0 ? {} : { entrypoint: container.command.map(expand) }),
    ...(container.args === undefined || container.args.length === 0 ? {} : { args: container.args.map(expand) }),
    ...(container.workingDir ? { workingDir: container.workingDir } : {}),
    env: [...environment].map(([name, value]) => `${name}=${value}`),
    labels: containerLabels({ nodeName: context.nodeName, pod, container, sandboxId, attempt, terminationLog }),
    mounts: [...mounts, ...networkFiles(context, pod, mounts)],
    ...(container.volumeDevices === undefined ? {} : { devices: volumeDevices(input) }),
    tty: container.tty === true,
    stdin: container.stdin === true,
    stdinOnce: container.stdinOnce === true,
    ...security,
    ...cgroupLimits(container),
    ...(context.podPidsLimit === 0 ? {} : { pidsLimit: context.podPidsLimit }),
    oomScoreAdj: oomScoreAdjust(pod, container, context.capacity.memory),
    ...processNamespace(input),
    hostIPC: pod.spec.hostIPC === true,
  };
}

/** Whose processes a container sees (kuberuntime: getTargetID, NamespacesForPod): a target's before the pod's. */
function processNamespace({ pod, container, engineId }: ConfigInput): Pick<ContainerConfig, 'pid'> {
  const target = container.targetContainerName;
  if (target) {
    const id = engineId(target);
    if (id === undefined) throw new ContainerConfigError(`unable to find target container ${target}`);
    return { pid: { container: id } };
  }
  if (pod.spec.hostPID === true) return { pid: 'host' };
  return pod.spec.shareProcessNamespace === true ? { pid: 'sandbox' } : {};
}

/** hosts and resolv.conf are the pod's, unless the container mounts its own. */
function networkFiles(context: KubeletContext, pod: Pod, mounts: readonly Mount[]): Mount[] {
  const { uid } = pod.metadata;
  const files: Mount[] = [
    { source: context.dirs.hosts(uid), target: '/etc/hosts', readOnly: false },
    { source: context.dirs.resolvConf(uid), target: '/etc/resolv.conf', readOnly: false },
  ];
  return files.filter(({ target }) => !mounts.some((mount) => mount.target === target));
}

const PROPAGATION = { None: 'private', HostToContainer: 'rslave', Bidirectional: 'rshared' } as const;

async function volumeMounts(context: KubeletContext, input: ConfigInput, expand: (text: string) => string): Promise<Mount[]> {
  const mounts: Mount[] = [];
  for (const [index, mount] of (input.container.volumeMounts ?? []).entries()) {
    const volume = input.volumes.get(mount.name);
    if (volume === undefined)
      throw new ContainerConfigError(`cannot find volume "${mount.name}" to mount into container "${input.container.name}"`);
    const subPath = mount.subPathExpr ? expandStrictly(mount.subPathExpr, expand) : (mount.subPath ?? '');
    mounts.push({
      source: subPath === '' ? volume.path : await subPathSource(context, input, mount, volume, subPath, index),
      target: mount.mountPath,
      readOnly: mount.readOnly === true || volume.readOnly,
      propagation: PROPAGATION[mount.mountPropagation ?? 'None'],
    });
  }
  return mounts;
}

/** Block volumes, under the names that the container wants for them. */
function volumeDevices({ container, volumes }: ConfigInput): Device[] {
  return (container.volumeDevices ?? []).map(({ name, devicePath }) => {
    const volume = volumes.get(name);
    if (volume === undefined)
      throw new ContainerConfigError(`cannot find volume "${name}" to pass into container "${container.name}"`);
    return { source: volume.path, target: devicePath, readOnly: volume.readOnly };
  });
}

function expandStrictly(text: string, expand: (text: string) => string): string {
  const out = expand(text);
  if (out.includes('$(')) throw new ContainerConfigError(`missing value for "${/\$\(([^)]*)/.exec(out)?.[1] ?? ''}"`);
  return out;
}

async function subPathSource(
  context: KubeletContext,
  input: ConfigInput,
  mount: VolumeMount,
  volume: ReadyVolume,
  subPath: string,
  index: number,
): Promise<string> {
  if (subPath.startsWith('/')) throw new ContainerConfigError(`error SubPath \`${subPath}\` must not be an absolute path`);
  if (subPath.split('/').includes('..')) throw new ContainerConfigError(`error SubPath \`${subPath}\` must not contain '..'`);
  const target = context.dirs.subPath(input.pod.metadata.uid, mount.name, input.container.name, index);
  try {
    await bindSubPath(volume.path, subPath, target);
  } catch (cause) {
    const about = `failed to prepare subPath for volumeMount "${mount.name}" of container "${input.container.name}"`;
    throw new ContainerConfigError(about, { cause });
  }
  return target;
}

/** An empty file that any user in the container may write. */
async function makeTerminationLog(context: KubeletContext, pod: Pod, container: Container): Promise<string | undefined> {
  if (!container.terminationMessagePath) return undefined;
  const dir = context.dirs.terminationLogs(pod.metadata.uid, container.name);
  await mkdir(dir, { recursive: true, mode: 0o750 });
  const path = join(dir, randomBytes(4).toString('hex'));
  await writeFile(path, '');
  await chmod(path, 0o666);
  return path;
}
