import type { Facts } from '../../lib/installer/transport/facts.ts';
import { parseFacts } from '../../lib/installer/transport/parse-facts.ts';

export const sentinel = '@@test@@';

/** What the probe prints on a small Debian server without Docker. */
const bare: Readonly<Record<string, string>> = {
  uid: '0',
  user: 'root',
  sudo: 'root',
  kernel: 'Linux',
  'kernel.release': '6.1.0-30-amd64',
  arch: 'x86_64',
  hostname: 'server1',
  time: '1700000000',
  init: 'systemd',
  systemd: 'yes',
  libc: 'glibc 2.36',
  'os.id': 'debian',
  'os.like': '',
  'os.version': '12',
  'os.name': 'Debian GNU/Linux 12 (bookworm)',
  apt: 'yes',
  'memory.MemTotal': '4000000',
  'memory.MemAvailable': '3500000',
  disk: '/opt/oo-install 20000000 ext4 rw,relatime /',
  cgroup: '2',
  'cgroup.controllers': 'cpuset cpu io memory pids',
  'module.overlay': 'available',
  'module.bridge': 'available',
  'module.br_netfilter': 'available',
  'module.veth': 'available',
  'module.nf_tables': 'loaded',
  'sysctl.net.ipv4.ip_forward': '0',
  address: '192.0.2.10',
  addresses: '192.0.2.10',
  'dns.server': '192.0.2.53',
  'hostname.resolves': 'yes',
};

/** The probe's answer with some lines replaced (`undefined`: left out) and others added. */
export function probeOutput(changes: Readonly<Record<string, string | undefined>> = {}, more: readonly string[] = []): string {
  const fields = Object.entries({ ...bare, ...changes }).flatMap(([key, value]) =>
    value === undefined ? [] : `${key}=${value}`,
  );
  return ['Welcome to server1!', `${sentinel} begin`, ...fields, ...more, `${sentinel} end`, ''].join('\n');
}

export function testFacts(changes: Readonly<Record<string, string | undefined>> = {}, more: readonly string[] = []): Facts {
  return parseFacts(probeOutput(changes, more), sentinel);
}

/** Lines of a server whose Docker runs. */
export const dockerRunning: Readonly<Record<string, string>> = {
  'docker.dockerd': '/usr/sbin/dockerd',
  'docker.client': '/usr/bin/docker',
  'docker.real': '/usr/bin/docker',
  'docker.says': 'Docker version 20.10.24+dfsg1, build 297e128',
  'docker.info': '20.10.24+dfsg1|overlay2|2|/var/lib/docker|[name=apparmor]|Debian',
};
