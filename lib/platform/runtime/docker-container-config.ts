import type { ContainerCreateOptions, HostConfig, MountSettings } from 'dockerode';
import type { ContainerConfig, Mount, SandboxConfig } from './container-runtime.ts';
import { idOfPlatformImage } from './image-reference.ts';

/** Names the log driver ourselves: daemon.json may hold one whose logs cannot be read back. Sizes as kubelet's containerLogMaxSize. */
const LOG_CONFIG = { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '5' } };

/** dockershim's: a sandbox must be the last thing of its pod that the kernel kills, and needs next to no CPU. */
const SANDBOX_OOM_SCORE = -998;
const SANDBOX_CPU_SHARES = 2;

/** Drops members that are undefined: Docker reads some of them as zero. */
function defined<T extends object>(object: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}

export interface EngineLimits {
  /** Lowest oom_score_adj that the engine may set; negative ones need CAP_SYS_RESOURCE, which some hosts take away. */
  readonly lowestOomScore: number;
}

/**
 * `NetworkDisabled` makes runc give the sandbox a fresh network namespace with loopback up, without libnetwork and its two
 * re-executions of dockerd: 75 ms instead of 160 ms to start (Docker 20.10).
 */
export function sandboxOptions(config: SandboxConfig, limits: EngineLimits): ContainerCreateOptions {
  const host = config.network === 'host';
  return {
    name: config.name,
    Image: config.image,
    Labels: { ...config.labels },
    // The engine writes a resolv.conf only for a network that it has a part in; without one a sandbox starts sooner.
    NetworkDisabled: !host && config.dns === undefined,
    Healthcheck: { Test: ['NONE'] },
    ...(host ? {} : { Hostname: config.hostname }),
    HostConfig: defined<HostConfig>({
      NetworkMode: config.network,
      UTSMode: host ? 'host' : undefined,
      IpcMode: config.hostIPC ? 'host' : 'shareable',
      PidMode: config.hostPID ? 'host' : undefined,
      Sysctls: Object.keys(config.sysctls).length === 0 ? undefined : { ...config.sysctls },
      CgroupParent: config.cgroupParent,
      CpuShares: SANDBOX_CPU_SHARES,
      OomScoreAdj: Math.max(SANDBOX_OOM_SCORE, limits.lowestOomScore),
      SecurityOpt: ['no-new-privileges'],
      LogConfig: LOG_CONFIG,
      Dns: config.dns && [...config.dns.nameservers],
      DnsSearch: config.dns && [...config.dns.searches],
      DnsOptions: config.dns && [...config.dns.options],
    }),
  };
}

/** What is not told is private in Docker, but for sources that hold its own folder: `/` must be a slave, or is refused. */
const mountOptions = ({ source, target, readOnly, propagation }: Mount): MountSettings => ({
  Type: 'bind',
  Source: source,
  Target: target,
  ReadOnly: readOnly,
  ...(propagation === undefined || propagation === 'private' ? {} : { BindOptions: { Propagation: propagation } }),
});

function securityOptions(config: ContainerConfig): string[] {
  const options: string[] = [];
  if (config.noNewPrivileges) options.push('no-new-privileges');
  if (config.seccomp !== undefined && !config.privileged) options.push(`seccomp=${config.seccomp}`);
  if (config.apparmor !== undefined && !config.privileged) options.push(`apparmor=${config.apparmor}`);
  for (const label of config.selinuxLabels ?? []) options.push(`label=${label}`);
  return options;
}

function pidMode(pid: ContainerConfig['pid'], sandbox: string): string | undefined {
  if (typeof pid === 'object') return `container:${pid.container}`;
  return pid === 'sandbox' ? sandbox : pid;
}

/** What Docker's API is asked for (`POST /containers/create`), for a container in the namespaces of its pod's sandbox. */
export function containerOptions(sandboxId: string, config: ContainerConfig, limits: EngineLimits): ContainerCreateOptions {
  const sandbox = `container:${sandboxId}`;
  return defined<ContainerCreateOptions>({
    name: config.name,
    // Whether it is an image of that name was judged when it was looked for.
    Image: idOfPlatformImage(config.image) ?? config.image,
    Entrypoint: config.entrypoint === undefined ? undefined : [...config.entrypoint],
    Cmd: config.args === undefined ? undefined : [...config.args],
    WorkingDir: config.workingDir,
    Env: [...config.env],
    Labels: { ...config.labels },
    User: config.user,
    Tty: config.tty,
    OpenStdin: config.stdin,
    StdinOnce: config.stdinOnce,
    // The pod's probes decide, not a HEALTHCHECK that the image brings.
    Healthcheck: { Test: ['NONE'] },
    HostConfig: defined<HostConfig>({
      NetworkMode: sandbox,
      IpcMode: config.hostIPC === true ? 'host' : sandbox,
      PidMode: pidMode(config.pid, sandbox),
      Mounts: config.mounts.map(mountOptions),
      Devices: config.devices?.map(({ source, target, readOnly }) => ({
        PathOnHost: source,
        PathInContainer: target,
        CgroupPermissions: readOnly ? 'r' : 'mrw',
      })),
      GroupAdd: config.groups === undefined ? undefined : [...config.groups],
      Privileged: config.privileged,
      ReadonlyRootfs: config.readOnlyRootfs,
      CapAdd: [...config.capAdd],
      CapDrop: [...config.capDrop],
      SecurityOpt: securityOptions(config),
      CpuShares: config.cpuShares,
      CpuQuota: config.cpuQuota,
      CpuPeriod: config.cpuPeriod,
      Memory: config.memoryBytes,
      // Equal to the memory limit: a container that swaps would be slow instead of dead, as nobody expects.
      MemorySwap: config.memoryBytes,
      OomScoreAdj: config.oomScoreAdj === undefined ? undefined : Math.max(config.oomScoreAdj, limits.lowestOomScore),
      PidsLimit: config.pidsLimit,
      CgroupParent: config.cgroupParent,
      LogConfig: LOG_CONFIG,
      ...(config.unmaskedProc === true ? { MaskedPaths: [], ReadonlyPaths: [] } : {}),
    }),
  });
}
