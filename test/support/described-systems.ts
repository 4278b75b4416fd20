/**
 * What the probe answers on systems as their makers document them: not recordings, since none of them was run. Lines that differ from those of
 * the small Debian server in probe-output.ts.
 */
export interface DescribedSystem {
  readonly name: string;
  readonly fields: Readonly<Record<string, string | undefined>>;
  readonly lines: readonly string[];
}

const redHat = { apt: undefined, dnf: 'yes', selinux: 'Enforcing' };
const network = ['program=nft', 'program=iptables', 'program=conntrack', 'program=ip'];

export const describedSystems: readonly DescribedSystem[] = [
  {
    name: 'Fedora 42 Server with moby-engine',
    fields: {
      ...redHat,
      'os.id': 'fedora',
      'os.version': '42',
      'os.name': 'Fedora Linux 42 (Server Edition)',
      'os.variant': 'server',
      libc: 'glibc 2.41',
      'docker.dockerd': '/usr/bin/dockerd',
      'docker.client': '/usr/bin/docker',
      'docker.real': '/usr/bin/docker',
      'docker.info':
        '27.3.1|overlay2|2|/var/lib/docker|[name=seccomp,profile=builtin name=selinux name=cgroupns]|Fedora Linux 42|systemd|true|inactive|6.1.0-30-amd64||',
    },
    lines: ['process=firewalld 700', 'process=chronyd 650', 'package=moby-engine', ...network],
  },
  {
    name: 'RHEL 9.4',
    fields: {
      ...redHat,
      'os.id': 'rhel',
      'os.like': 'fedora',
      'os.version': '9.4',
      'os.name': 'Red Hat Enterprise Linux 9.4',
      libc: 'glibc 2.34',
    },
    lines: ['process=firewalld 700', 'firewall.open=8443/tcp 30000-32767/tcp', 'process=chronyd 650', ...network],
  },
  {
    name: 'Amazon Linux 2023',
    fields: {
      ...redHat,
      selinux: 'Permissive',
      'os.id': 'amzn',
      'os.like': 'fedora',
      'os.version': '2023',
      'os.name': 'Amazon Linux 2023',
      libc: 'glibc 2.34',
      'docker.dockerd': '/usr/bin/dockerd',
      'docker.client': '/usr/bin/docker',
    },
    lines: ['cloud-init=done', 'cloud-init.result={"v1":{"errors":[]}}', 'package=docker', ...network],
  },
  {
    name: 'openSUSE Leap 15.6',
    fields: {
      apt: undefined,
      zypper: 'yes',
      'os.id': 'opensuse-leap',
      'os.like': 'suse opensuse',
      'os.version': '15.6',
      'os.name': 'openSUSE Leap 15.6',
      cgroup: '1',
      'cgroup.controllers': 'cpuset cpu cpuacct blkio memory devices freezer pids',
      'cgroup.hybrid': 'yes',
      libc: 'glibc 2.38',
    },
    lines: [
      'cgroup.mounted=rw,cpu,cpuacct',
      'cgroup.mounted=rw,memory',
      'cgroup.mounted=rw,pids',
      'process=firewalld 700',
      ...network,
    ],
  },
  {
    name: 'Fedora CoreOS',
    fields: {
      apt: undefined,
      selinux: 'Enforcing',
      'os.id': 'fedora',
      'os.version': '41',
      'os.variant': 'coreos',
      'os.image': 'yes',
      'os.name': 'Fedora CoreOS 41',
      libc: 'glibc 2.40',
      'docker.dockerd': '/usr/bin/dockerd',
      'docker.client': '/usr/bin/docker',
    },
    lines: [
      'disk=/usr 3000000 xfs ro,relatime /usr',
      'disk=/usr/local/bin 20000000 xfs rw /var',
      'package=moby-engine',
      ...network,
    ],
  },
];
