import { type AptArchive, type Distro, isLike } from './distro.ts';

const network = {
  'cni-plugins': ['containernetworking-plugins'],
  nftables: ['nftables'],
  iptables: ['iptables'],
  conntrack: ['conntrack'],
  iproute: ['iproute2'],
  // Only a recommendation of docker.io's, which starts no container where the kernel confines and nothing loads its profiles.
  apparmor: ['apparmor'],
} as const;

const family = { packageManager: 'apt', docker: 'distribution', cniPlugins: 'distribution' } as const;

function debianArchive(codename: string): AptArchive {
  const mirror = { main: 'http://deb.debian.org/debian', security: 'http://deb.debian.org/debian-security' };
  return {
    codename,
    suites: [
      { suite: `${codename}-updates`, archive: 'main' },
      { suite: `${codename}-security`, archive: 'security' },
    ],
    components: ['main'],
    mirrors: { amd64: mirror, arm64: mirror },
    keyring: '/usr/share/keyrings/debian-archive-keyring.gpg',
    keyringPackage: 'debian-archive-keyring',
  };
}

function ubuntuArchive(codename: string): AptArchive {
  const ports = 'http://ports.ubuntu.com/ubuntu-ports';
  return {
    codename,
    suites: [
      { suite: `${codename}-updates`, archive: 'main' },
      { suite: `${codename}-security`, archive: 'security' },
    ],
    // docker.io and the CNI plugins are in universe.
    components: ['main', 'universe'],
    mirrors: {
      amd64: { main: 'http://archive.ubuntu.com/ubuntu', security: 'http://security.ubuntu.com/ubuntu' },
      arm64: { main: ports, security: ports },
    },
    keyring: '/usr/share/keyrings/ubuntu-archive-keyring.gpg',
    keyringPackage: 'ubuntu-keyring',
  };
}

export const debianFamily: readonly Distro[] = [
  {
    ...family,
    name: 'debian-12',
    title: 'Debian 12 (bookworm)',
    isThis: (system) => system.id === 'debian' && system.version === '12',
    packages: { docker: ['docker.io'], ...network },
    archive: debianArchive('bookworm'),
    notes: [],
    ranHere: 'tests',
  },
  {
    ...family,
    name: 'debian-13',
    title: 'Debian 13 (trixie)',
    isThis: (system) => system.id === 'debian' && system.version === '13',
    packages: { docker: ['docker.io', 'docker-cli'], ...network },
    archive: debianArchive('trixie'),
    notes: ["Docker's client is a package of its own there, and is installed with it."],
    ranHere: 'tests',
  },
  {
    ...family,
    name: 'ubuntu-22.04',
    title: 'Ubuntu 22.04 (jammy)',
    isThis: (system) => system.id === 'ubuntu' && system.version === '22.04',
    packages: { docker: ['docker.io'], ...network },
    archive: ubuntuArchive('jammy'),
    notes: ['A Docker that was installed as a snap is refused: it cannot see /var/lib/openshift.'],
    ranHere: 'recorded facts',
  },
  {
    ...family,
    name: 'ubuntu-24.04',
    title: 'Ubuntu 24.04 (noble)',
    isThis: (system) => system.id === 'ubuntu' && system.version === '24.04',
    packages: { docker: ['docker.io'], ...network },
    archive: ubuntuArchive('noble'),
    notes: ['A Docker that was installed as a snap is refused: it cannot see /var/lib/openshift.'],
    ranHere: 'recorded facts',
  },
  {
    ...family,
    name: 'debian-like',
    title: 'another release or a derivative of Debian or Ubuntu',
    isThis: (system) => (isLike(system, 'debian') || isLike(system, 'ubuntu')) && !system.imageBased,
    packages: { docker: ['docker.io'], ...network },
    notes: ['Its own apt decides; packages are not streamed to it, since its archive is not known.'],
    ranHere: 'recorded facts',
  },
];
