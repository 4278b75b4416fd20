import { mkdir, readFile, writeFile } from 'node:fs/promises';
import type { SandboxConfig } from '../../runtime/container-runtime.ts';
import { isBuildPod } from '../builds/build-scope.ts';
import type { PortMapping } from '../network/attachment-records.ts';
import { dottedSysctl } from './allowed-sysctls.ts';
import { engineName, sandboxLabels } from './container-labels.ts';
import type { KubeletContext } from './kubelet-context.ts';
import { hostNetworkHostsFile, podFqdn, podHostname, podHostsFile } from './network-files/hosts-file.ts';
import { formatResolvConf, podResolvConf } from './network-files/resolv-conf.ts';
import type { ObservedPod } from './observed-pod.ts';
import type { Pod } from './types/pod-types.ts';

/** A sandbox on its way up: containers may be made in it at once, but not started before `ready`. */
export interface PodSandbox {
  readonly id: string;
  /** The pod's addresses. Rejects with a SandboxError. */
  readonly ready: Promise<readonly string[]>;
}

/** The text of the FailedCreatePodSandBox event. */
export class SandboxError extends Error {
  constructor(what: string, cause: unknown) {
    super(`Failed to create pod sandbox: rpc error: code = Unknown desc = ${what}: ${(cause as Error).message}`, { cause });
    this.name = 'SandboxError';
  }
}

async function sandboxConfig(context: KubeletContext, pod: Pod, attempt: number): Promise<SandboxConfig> {
  const fqdn = pod.spec.setHostnameAsFQDN === true ? podFqdn(pod, context.clusterDomain) : undefined;
  return {
    name: engineName(pod, 'POD', attempt),
    image: context.sandboxImage,
    hostname: fqdn ?? podHostname(pod),
    labels: sandboxLabels(context.nodeName, pod, attempt),
    network: pod.spec.hostNetwork === true ? 'host' : 'none',
    hostPID: pod.spec.hostPID === true,
    hostIPC: pod.spec.hostIPC === true,
    shareProcessNamespace: pod.spec.shareProcessNamespace === true,
    // Steps of a Dockerfile run in the pod's network, in containers of the engine's own.
    ...(isBuildPod(pod) ? { dns: podResolvConf(pod, await context.dns()) } : {}),
    sysctls: Object.fromEntries((pod.spec.securityContext?.sysctls ?? []).map(({ name, value }) => [dottedSysctl(name), value])),
  };
}

const PROTOCOL = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp' } as const;

/** The host ports that a pod asks for, of all its containers; none where it is in the host's network, whose ports are its own. */
export function portMappings(pod: Pod): PortMapping[] {
  if (pod.spec.hostNetwork === true) return [];
  return [...(pod.spec.initContainers ?? []), ...pod.spec.containers]
    .flatMap((container) => container.ports ?? [])
    .filter(({ hostPort }) => hostPort !== undefined && hostPort > 0)
    .map(({ hostPort, containerPort, protocol, hostIP }) => ({
      hostPort: hostPort!,
      containerPort,
      protocol: PROTOCOL[protocol ?? 'TCP'],
      ...(hostIP ? { hostIP } : {}),
    }));
}

/** Makes and starts a sandbox. Resolves as soon as it exists; its `ready` follows. Rejects with a SandboxError. */
export async function openSandbox(context: KubeletContext, pod: Pod, attempt: number, left: ObservedPod): Promise<PodSandbox> {
  // What a dead sandbox still holds of the network is given back before the pod asks for more.
  const released = Promise.all(
    left.sandboxes.map((dead) => context.network.del({ containerId: dead.id, netns: '' }).catch(() => undefined)),
  );
  const config = await sandboxConfig(context, pod, attempt);
  const id = await createSandbox(context, config);
  const ready = released.then(() => bringUp(context, pod, id));
  // Whoever waits for it hears of a failure; it must not count as unhandled before that.
  ready.catch(() => undefined);
  return { id, ready };
}

async function createSandbox(context: KubeletContext, config: SandboxConfig): Promise<string> {
  try {
    return await context.runtime.createSandbox(config);
  } catch (cause) {
    throw new SandboxError(`failed to create a sandbox for pod "${config.labels['io.kubernetes.pod.name']}"`, cause);
  }
}

async function bringUp(context: KubeletContext, pod: Pod, id: string): Promise<readonly string[]> {
  const { name, namespace, uid } = pod.metadata;
  let netns: string;
  try {
    ({ netns } = await context.starts.run(() => context.runtime.startSandbox(id)));
  } catch (cause) {
    await context.runtime.remove(id).catch(() => undefined);
    throw new SandboxError(`failed to start sandbox container for pod "${name}"`, cause);
  }
  if (pod.spec.hostNetwork === true) {
    await writeHosts(context, pod, context.hostIPs);
    return context.hostIPs;
  }
  try {
    const { ip } = await context.network.add({ containerId: id, netns, namespace, name, uid }, portMappings(pod));
    await writeHosts(context, pod, [ip]);
    return [ip];
  } catch (cause) {
    await context.runtime.remove(id).catch(() => undefined);
    throw new SandboxError(
      `failed to set up sandbox container "${id}" network for pod "${name}": networkPlugin cni failed to set up pod "${name}_${namespace}" network`,
      cause,
    );
  }
}

/** In place: running containers have the file bind-mounted. */
async function writeHosts(context: KubeletContext, pod: Pod, podIPs: readonly string[]): Promise<void> {
  const text =
    pod.spec.hostNetwork === true
      ? hostNetworkHostsFile(pod, await readFile('/etc/hosts', 'utf8').catch(() => ''))
      : podHostsFile(pod, podIPs, context.clusterDomain);
  await writeFile(context.dirs.hosts(pod.metadata.uid), text);
}

/** The files that containers mount must be there when they are made; hosts gets its content once the address is known. */
export async function prepareNetworkFiles(context: KubeletContext, pod: Pod): Promise<void> {
  const { uid } = pod.metadata;
  await mkdir(context.dirs.pod(uid), { recursive: true, mode: 0o750 });
  const conf = formatResolvConf(podResolvConf(pod, await context.dns()));
  await Promise.all([
    writeFile(context.dirs.hosts(uid), '', { flag: 'a', mode: 0o644 }),
    writeFile(context.dirs.resolvConf(uid), conf, { mode: 0o644 }),
  ]);
}

/** Ends all sandboxes of a pod and gives back their addresses. Their containers must have ended. */
export async function closeSandboxes(context: KubeletContext, observed: ObservedPod): Promise<void> {
  await Promise.all(
    observed.sandboxes.map(async (sandbox) => {
      // Dead first: an address that is free must not be answered by anybody any more.
      if (sandbox.status === 'running') await context.runtime.kill(sandbox.id, 'KILL');
      await context.network.del({ containerId: sandbox.id, netns: '' });
    }),
  );
}
