import { type Distro, isLike } from './distro.ts';

const packages = {
  docker: ['docker'],
  'cni-plugins': ['cni-plugins'],
  nftables: ['nftables'],
  iptables: ['iptables'],
  conntrack: ['conntrack-tools'],
  iproute: ['iproute2'],
  apparmor: ['apparmor-parser'],
} as const;

const family = {
  packageManager: 'zypper',
  packages,
  docker: 'distribution',
  cniPlugins: 'distribution',
  ranHere: 'recorded facts',
} as const;

export const suseFamily: readonly Distro[] = [
  {
    ...family,
    name: 'opensuse-leap-15',
    title: 'openSUSE Leap 15',
    isThis: (system) => system.id === 'opensuse-leap' && system.version.startsWith('15.'),
    notes: [],
  },
  {
    ...family,
    name: 'opensuse-tumbleweed',
    title: 'openSUSE Tumbleweed',
    isThis: (system) => system.id === 'opensuse-tumbleweed',
    notes: ['It has no releases: what was recorded may have changed since.'],
  },
  {
    ...family,
    name: 'sles-15',
    title: 'SUSE Linux Enterprise Server 15',
    isThis: (system) => (system.id === 'sles' || system.id === 'sles_sap') && /^15(\.|$)/.test(system.version),
    notes: ['Docker and the CNI plugins are in its Containers module: SUSEConnect -p sle-module-containers/15.6/x86_64.'],
  },
  {
    ...family,
    name: 'suse-like',
    title: 'another release or a derivative of openSUSE or SLES',
    isThis: (system) => (isLike(system, 'suse') || isLike(system, 'opensuse')) && !isMicro(system.id) && !system.imageBased,
    notes: [],
  },
];

/** Systems that are updated as a whole, into a new snapshot (transactional-update). */
export function isMicro(id: string): boolean {
  return /^(opensuse-microos|opensuse-leap-micro|sle-micro|sl-micro|suse-microos)$/.test(id);
}
