import type { ContainerCreateOptions, HostConfig } from 'dockerode';
import type { Lab } from '../../config/lab-schema.ts';
import type { LabState } from '../state/lab-state.ts';
import type { PlannedHost } from './host-plan.ts';
import { containerName, labelsOf, labLabels, networkName, volumeName } from './lab-names.ts';

/** Where a host's Docker keeps its data: file systems of their own, since overlayfs does not stand on overlayfs. */
const volumePaths = { docker: '/var/lib/docker', containerd: '/var/lib/containerd' } as const;

const mebi = 1_048_576;

/**
 * The container that a host is. What systemd and a Docker inside need, and no more: all capabilities but SYS_RESOURCE, no seccomp filter, /proc
 * and /sys unmasked; none of the machine's devices, folders, networks or process tree, and a cgroup tree of its own. It is near-root on the
 * machine all the same: docs/labs.md says so.
 */
export function hostContainer(
  { lab, state }: { readonly lab: Lab; readonly state: Pick<LabState, 'name' | 'id'> },
  host: PlannedHost,
  { image, address }: { readonly image: string; readonly address: string },
): ContainerCreateOptions {
  const { listen, memory } = lab.local;
  const published = { '22/tcp': host.sshPort, [`${lab.settings.port}/tcp`]: host.apiPort };
  const hostConfig: HostConfig & { readonly CgroupnsMode: 'private' } = {
    CapAdd: ['ALL'],
    CapDrop: ['SYS_RESOURCE'],
    SecurityOpt: ['seccomp=unconfined', 'apparmor=unconfined', 'label=disable'],
    MaskedPaths: [],
    ReadonlyPaths: [],
    CgroupnsMode: 'private',
    Tmpfs: { '/run': '', '/run/lock': '', '/tmp': 'exec' },
    NetworkMode: networkName(state),
    PortBindings: Object.fromEntries(
      Object.entries(published).map(([port, ours]) => [port, [{ HostIp: listen, HostPort: String(ours) }]]),
    ),
    Mounts: (['docker', 'containerd'] as const).map((what) => ({
      Type: 'volume' as const,
      Source: volumeName(state, host.name, what),
      Target: volumePaths[what],
    })),
    // Read by whoever asks for the console, whatever the machine's own default is; bounded, since the attendee can write to it.
    LogConfig: { Type: 'json-file', Config: { 'max-size': '8m', 'max-file': '1' } },
    // After a restart of the machine a lab stands still until `lab start`: nobody is surprised by what listens there.
    RestartPolicy: { Name: 'no' },
    ...(memory === undefined ? {} : { Memory: memory * mebi, MemorySwap: memory * mebi }),
  };
  return {
    name: containerName(state, host.name),
    Hostname: host.name,
    Image: image,
    Labels: { ...labelsOf(state), [labLabels.host]: host.name, [labLabels.attendee]: host.attendee, [labLabels.made]: host.made },
    // The console: there the host publishes its keys, as on the console of a machine in a cloud.
    Tty: true,
    StopSignal: 'SIGRTMIN+3',
    ExposedPorts: Object.fromEntries(Object.keys(published).map((port) => [port, {}])),
    HostConfig: hostConfig,
    NetworkingConfig: { EndpointsConfig: { [networkName(state)]: { IPAMConfig: { IPv4Address: address } } } },
  };
}
