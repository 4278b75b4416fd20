import { OoError } from '../../common/errors.ts';
import { packageManagers } from '../distro/distro.ts';
import type { DiskFact, Facts, RouteFact, UnitFact } from './facts.ts';

/** Keys of the probe's lines, with all values of each in order. */
type Fields = ReadonlyMap<string, readonly string[]>;

/**
 * Reads the probe's answer. Everything before the sentinel is what banners and shell start-up files print; an answer without its end
 * was cut off. A value is a line of a foreign machine: it is data, and never reaches a shell or a terminal unfiltered.
 */
export function parseFacts(output: string, sentinel: string): Facts {
  const lines = output.split(/\r?\n/);
  const begin = lines.indexOf(`${sentinel} begin`);
  const end = lines.indexOf(`${sentinel} end`);
  if (begin < 0 || end < begin) {
    const shown = printable(lines.filter(Boolean).slice(-3).join('; ')).slice(0, 300);
    throw new OoError(
      'PROBE_FAILED',
      'connection',
      `the server did not answer the probe whole; it printed: ${shown || 'nothing'}`,
      {
        hint: 'its login shell must run a POSIX sh command and print its output',
      },
    );
  }
  return factsOf(fieldsOf(lines.slice(begin + 1, end)));
}

/** The text without control characters. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}

function fieldsOf(lines: readonly string[]): Fields {
  const fields = new Map<string, string[]>();
  for (const line of lines) {
    const cut = line.indexOf('=');
    if (cut <= 0) continue;
    const value = printable(line.slice(cut + 1)).trim();
    const values = fields.get(line.slice(0, cut));
    if (values === undefined) fields.set(line.slice(0, cut), [value]);
    else values.push(value);
  }
  return fields;
}

function factsOf(fields: Fields): Facts {
  const last = (key: string) => fields.get(key)?.at(-1) ?? '';
  const all = (key: string) => fields.get(key) ?? [];
  const withPrefix = (prefix: string) =>
    [...fields]
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, values]) => [key.slice(prefix.length), values.at(-1)!] as const);
  const sudo = last('sudo');
  return {
    uid: Number(last('uid')),
    user: last('user'),
    sudo: sudo === 'root' || sudo === 'nopasswd' || sudo === 'password' ? sudo : 'none',
    kernel: last('kernel'),
    kernelRelease: last('kernel.release'),
    arch: last('arch'),
    hostname: last('hostname'),
    time: Number(last('time')),
    systemd: last('systemd') === 'yes',
    libc: last('libc'),
    os: {
      id: last('os.id'),
      like: last('os.like'),
      version: last('os.version'),
      variant: last('os.variant'),
      imageBased: last('os.image') === 'yes',
      name: last('os.name'),
    },
    managers: new Set(packageManagers.filter((name) => last(name) === 'yes')),
    programs: new Set(all('program')),
    hasApt: last('apt') === 'yes',
    memory: { total: Number(last('memory.MemTotal')) * 1024, available: Number(last('memory.MemAvailable')) * 1024 },
    disks: all('disk').flatMap(diskOf),
    listening: { tcp: portsOf(all('listen.tcp')), udp: portsOf(all('listen.udp')) },
    listeners: new Map(withPrefix('listener.').map(([port, users]) => [Number(port), users])),
    cgroup: { version: last('cgroup') === '2' ? 2 : 1, controllers: last('cgroup.controllers').split(' ').filter(Boolean) },
    modules: new Map(withPrefix('module.')) as Facts['modules'],
    sysctls: new Map(withPrefix('sysctl.')),
    address:
      last('address') ||
      (last('addresses')
        .split(' ')
        .find((word) => /^[0-9.]+$/.test(word)) ??
        ''),
    routes: all('route').flatMap(routeOf),
    selinux: last('selinux'),
    lacksAppArmorParser: last('apparmor') === 'Y' && last('apparmor.parser') !== 'yes',
    firewalls: all('firewall'),
    docker: dockerOf(fields),
    units: { docker: unitOf(last('unit.docker')), openshift: unitOf(last('unit.openshift')) },
    packages: new Set(all('package')),
    cniFolders: all('cni'),
    packagesLocked: last('packages.locked') === 'yes',
    cloudInitRunning: last('cloud-init') === 'running',
    ours: {
      artifacts: new Set([...all('artifact.runtime'), ...all('artifact.openshift')]),
      current: new Map(withPrefix('current.')),
      version: /^[0-9A-Za-z.+-]{1,60}$/.test(last('version')) ? last('version') : '',
      upgradePending: last('upgrade') === 'pending',
      journal: last('journal') === 'yes',
      kubeconfig: last('kubeconfig') === 'yes',
      files: new Map(all('file').map((line) => pair(line))),
      services: new Set(all('service')),
    },
  };
}

function dockerOf(fields: Fields): Facts['docker'] {
  const last = (key: string) => fields.get(key)?.at(-1) ?? '';
  const info = last('docker.info').split('|');
  return {
    dockerd: last('docker.dockerd'),
    client: last('docker.client'),
    real: last('docker.real'),
    says: last('docker.says'),
    running: info.length > 1,
    version: info[0] ?? '',
    storageDriver: info[1] ?? '',
    rootDir: info[3] ?? '',
    securityOptions: info[4] ?? '',
    error: last('docker.error'),
    rootlessSockets: fields.get('docker.rootless') ?? [],
    foreign: fields.get('docker.foreign') ?? [],
    images: new Map((fields.get('docker.image') ?? []).map((line) => pair(line)).filter(([, id]) => id !== '')),
  };
}

function pair(line: string): [string, string] {
  const cut = line.indexOf(' ');
  return cut < 0 ? [line, ''] : [line.slice(0, cut), line.slice(cut + 1).trim()];
}

function portsOf(values: readonly string[]): Set<number> {
  return new Set(values.map((value) => Number.parseInt(value, 16)).filter((port) => port > 0));
}

function diskOf(line: string): DiskFact[] {
  const [path = '', free = '', type = '', options = '', ...mount] = line.split(' ');
  return path === '' ? [] : [{ path, free: Number(free) * 1024, type, options: options.split(','), mountPoint: mount.join(' ') }];
}

/** /proc/net/route writes addresses in hexadecimal, least significant byte first. */
function routeOf(line: string): RouteFact[] {
  const [device = '', network = '', mask = ''] = line.split(' ');
  const number = (hex: string) => Buffer.from(hex.padStart(8, '0'), 'hex').readUInt32LE();
  return /^[0-9A-F]{8}$/i.test(network) && /^[0-9A-F]{8}$/i.test(mask)
    ? [{ device, network: number(network), mask: number(mask) }]
    : [];
}

function unitOf(line: string): UnitFact | undefined {
  const property = (key: string) => new RegExp(`(?:^| )${key}=(\\S*)`).exec(line)?.[1] ?? '';
  return property('LoadState') === 'loaded'
    ? { active: property('ActiveState'), enabled: property('UnitFileState'), load: 'loaded' }
    : undefined;
}
