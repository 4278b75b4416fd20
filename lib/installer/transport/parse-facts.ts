import { OoError } from '../../common/errors.ts';
import { printable } from '../../common/printable.ts';
import { packageManagers } from '../distro/distro.ts';
import { dockerOf } from './parse-docker.ts';
import { cloudInitOf, diskOf, inodesOf, listensOf, memoryOf, pair, processOf, routeOf, unitOf } from './parse-lines.ts';
import type { Facts } from './facts.ts';

/** Keys of the probe's lines, with all values of each in order. */
export type Fields = ReadonlyMap<string, readonly string[]>;

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

const sudoStates = ['root', 'nopasswd', 'password', 'tty', 'refused'] as const;

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
    sudo: sudoStates.find((state) => state === sudo) ?? 'none',
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
    container: last('container'),
    memory: memoryOf(fields),
    disks: all('disk').flatMap(diskOf),
    inodes: all('inodes').flatMap(inodesOf),
    listening: listensOf(fields),
    listeners: new Map(withPrefix('listener.').map(([port, users]) => [Number(port), users])),
    processes: new Map(all('process').flatMap(processOf)),
    kubernetes: all('kubernetes'),
    cgroup: {
      version: last('cgroup') === '2' ? 2 : 1,
      controllers: last('cgroup.controllers').split(' ').filter(Boolean),
      hybrid: last('cgroup.hybrid') === 'yes',
      mounted: new Set(all('cgroup.mounted').flatMap((options) => options.split(','))),
      readOnly: last('cgroup.readonly') === 'yes',
    },
    modules: new Map(withPrefix('module.')) as Facts['modules'],
    hasModulesFolder: last('modules.folder') !== 'missing',
    sysctls: new Map(withPrefix('sysctl.')),
    sysctlsReadOnly: last('sysctl.readonly') === 'yes',
    address:
      last('address') ||
      (last('addresses')
        .split(' ')
        .find((word) => /^[0-9.]+$/.test(word)) ??
        ''),
    addressIsOfRoute: isOnlyAddress(last('address'), all('interface')),
    routes: all('route').flatMap(routeOf),
    selinux: last('selinux'),
    lacksAppArmorParser: last('apparmor') === 'Y' && last('apparmor.parser') !== 'yes',
    firewalls: [...(all('process').some((line) => line.startsWith('firewalld ')) ? ['firewalld'] : []), ...all('firewall')],
    openPorts: all('firewall.open')
      .flatMap((text) => text.split(/[\s,]+/))
      .filter(Boolean),
    dropChains: all('nft.drop'),
    dns: {
      servers: all('dns.server'),
      upstreams: all('dns.upstream'),
      ownName: last('hostname.resolves') === 'yes' ? 'yes' : last('hostname.resolves') === 'no' ? 'no' : 'unknown',
    },
    proxies: all('proxy'),
    docker: dockerOf(fields),
    units: { docker: unitOf(last('unit.docker')), openshift: unitOf(last('unit.openshift')) },
    packages: new Set(all('package')),
    cniFolders: all('cni'),
    packageLocks: all('packages.locked'),
    cloudInit: cloudInitOf(fields),
    ours: {
      artifacts: new Set([...all('artifact.runtime'), ...all('artifact.openshift')]),
      current: new Map(withPrefix('current.')),
      version: versionOf(last('version')),
      upgradePending: last('upgrade') === 'pending',
      upgradeFrom: { openshift: pair(last('upgrade.from'))[0], version: versionOf(pair(last('upgrade.from'))[1]) },
      journal: last('journal') === 'yes',
      kubeconfig: last('kubeconfig') === 'yes',
      files: new Map(all('file').map((line) => pair(line))),
      services: new Set(all('service')),
    },
  };
}

const versionOf = (text: string): string => (/^[0-9A-Za-z.+-]{1,60}$/.test(text) ? text : '');

/** `interfaces`: `eth0 192.0.2.10`, a line for each address. */
function isOnlyAddress(address: string, interfaces: readonly string[]): boolean {
  const own = interfaces.map((line) => line.split(' '));
  const device = own.find(([, at]) => at === address)?.[0];
  return device !== undefined && own.filter(([name]) => name === device).length === 1;
}
