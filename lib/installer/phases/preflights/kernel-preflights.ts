import { failure, type Finding, ok, type Preflight, warning } from './preflight.ts';

/** Controllers that limit pods, in version 1 or 2. */
export const cgroups: Preflight = ({ facts: { cgroup, docker } }) => {
  const version = `version ${cgroup.version}${cgroup.hybrid ? ', with 2 beside it' : ''}`;
  const missing = ['cpu', 'memory', 'pids'].filter((name) => !cgroup.controllers.includes(name));
  if (missing.length > 0) {
    const hint =
      cgroup.version === 2
        ? 'boot with cgroup_enable=memory, or have the host of this container delegate them'
        : 'boot with cgroup_enable=memory, or choose another kernel';
    return failure('cgroups', `the kernel gives no ${missing.join(', ')} controller (cgroup version ${cgroup.version})`, hint);
  }
  // Where Docker runs, it has them.
  if (docker.running) return ok('cgroups', version);
  if (cgroup.readOnly) {
    return failure(
      'cgroups',
      '/sys/fs/cgroup is read-only here',
      'this is a container: its host must let it have its own part of the tree',
    );
  }
  const unmounted = ['cpu', 'memory', 'pids'].filter((name) => !cgroup.mounted.has(name));
  if (cgroup.version === 1 && unmounted.length > 0) {
    return failure(
      'cgroups',
      `nothing has mounted the ${unmounted.join(', ')} controller`,
      'install cgroupfs-mount, or boot with an init system that does',
    );
  }
  return ok('cgroups', version);
};

/** What each module is for. */
const modules: readonly { name: string; what: string }[] = [
  { name: 'overlay', what: "Docker's images" },
  { name: 'bridge', what: 'the pod network' },
  { name: 'veth', what: 'the pod network' },
  { name: 'br_netfilter', what: 'service addresses between pods of one node' },
  { name: 'nf_tables', what: 'service addresses' },
];

/** What the kernel must be able to do, built in or as a module. */
export const kernelFeatures: Preflight = ({ facts }) => {
  const findings: Finding[] = [];
  const unknown: string[] = [];
  for (const { name, what } of modules) {
    const state = facts.modules.get(name);
    if (state === 'unknown') unknown.push(name);
    if (state !== 'missing') continue;
    const hint = 'install the full kernel of the distribution (Debian: linux-image-amd64, Ubuntu: linux-modules-extra)';
    findings.push(failure('kernel', `kernel ${facts.kernelRelease} has no ${name}, which ${what} need`, hint));
  }
  // A kernel that was replaced while it runs finds its modules no more.
  if (unknown.length > 0 && !facts.hasModulesFolder && facts.container === '') {
    const found = `kernel ${facts.kernelRelease} runs, and its modules are not in /lib/modules (${unknown.join(', ')} cannot be loaded)`;
    findings.push(warning('kernel', found, 'reboot into the kernel that is installed'));
  }
  if (findings.length > 0) return findings;
  const where = facts.container === '' ? '' : `, shared with the host of this container (${facts.container})`;
  return ok('kernel', `${facts.kernelRelease}${where}`);
};

/** Forwarding must be on, or be turned on. */
export const kernelSettings: Preflight = ({ facts }) => {
  const off = facts.sysctls.get('net.ipv4.ip_forward') !== '1';
  if (!facts.sysctlsReadOnly || !off) return ok('kernel-settings', 'can be set');
  const hint = 'this is a container: have its host set net.ipv4.ip_forward=1 for it, or give it a writable /proc/sys';
  return failure('kernel-settings', '/proc/sys is read-only here, and forwarding is off', hint);
};

/** Whether SELinux enforces, and Docker confines containers by it. */
export const selinux: Preflight = ({ facts }) => {
  if (facts.selinux !== 'Enforcing') return ok('selinux', facts.selinux || 'not in use');
  // Docker without --selinux-enabled runs containers unconfined: nothing is refused to them.
  if (facts.docker.running && !facts.docker.securityOptions.includes('selinux')) {
    return ok('selinux', 'enforcing, and Docker confines no containers by it');
  }
  const hint = 'label folders of the host that pods are to use: chcon -Rt container_file_t FOLDER';
  return warning('selinux', 'SELinux is enforcing: folders of the host may be refused to pods', hint);
};
