import { failure, type Finding, ok, type Preflight, warning } from './preflight.ts';

export const cgroups: Preflight = ({ facts: { cgroup } }) => {
  const missing = ['cpu', 'memory', 'pids'].filter((name) => !cgroup.controllers.includes(name));
  if (missing.length === 0) return ok('cgroups', `version ${cgroup.version}`);
  const hint = 'boot with cgroup_enable=memory, or choose another kernel';
  return failure('cgroups', `the kernel gives no ${missing.join(', ')} controller (cgroup version ${cgroup.version})`, hint);
};

/** What each module is for. */
const modules: readonly { name: string; what: string }[] = [
  { name: 'overlay', what: "Docker's images" },
  { name: 'bridge', what: 'the pod network' },
  { name: 'veth', what: 'the pod network' },
  { name: 'br_netfilter', what: 'service addresses between pods of one node' },
  { name: 'nf_tables', what: 'service addresses' },
];

export const kernelFeatures: Preflight = ({ facts }) => {
  const findings: Finding[] = [];
  for (const { name, what } of modules) {
    if (facts.modules.get(name) !== 'missing') continue;
    const hint = 'install the full kernel of the distribution (Debian: linux-image-amd64, Ubuntu: linux-modules-extra)';
    findings.push(failure('kernel', `kernel ${facts.kernelRelease} has no ${name}, which ${what} need`, hint));
  }
  return findings.length > 0 ? findings : ok('kernel', facts.kernelRelease);
};

export const selinux: Preflight = ({ facts }) => {
  if (facts.selinux !== 'Enforcing') return ok('selinux', facts.selinux || 'not in use');
  return warning('selinux', 'SELinux is enforcing', 'volumes may be refused to pods; set it to permissive when they are');
};
