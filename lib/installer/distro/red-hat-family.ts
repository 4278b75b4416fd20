import { type Distro, isLike, majorOf } from './distro.ts';

const network = {
  nftables: ['nftables'],
  iptables: ['iptables-nft'],
  conntrack: ['conntrack-tools'],
  iproute: ['iproute'],
} as const;
const selinux = 'SELinux is enforcing by default: volumes of pods may be refused, and a preflight says so.';
const firewalld = 'firewalld, where it runs, must let the API and the node ports in; a preflight says so.';
const isEnterprise = ['rhel', 'centos', 'rocky', 'almalinux', 'ol'];

export const redHatFamily: readonly Distro[] = [
  {
    name: 'fedora',
    title: 'Fedora 41 and newer',
    isThis: (system) => system.id === 'fedora' && majorOf(system) >= 41 && !system.imageBased,
    packageManager: 'dnf',
    packages: { docker: ['moby-engine', 'docker-cli'], 'cni-plugins': ['containernetworking-plugins'], ...network },
    docker: 'distribution',
    cniPlugins: 'distribution',
    notes: ["Docker is Fedora's own moby-engine.", selinux, firewalld],
    ranHere: 'recorded facts',
  },
  {
    name: 'enterprise-linux-8',
    title: 'RHEL 8, Rocky Linux 8, AlmaLinux 8, Oracle Linux 8',
    isThis: (system) => isEnterprise.includes(system.id) && majorOf(system) === 8 && !system.imageBased,
    packageManager: 'dnf',
    packages: { 'cni-plugins': ['containernetworking-plugins'], ...network, iptables: ['iptables'] },
    docker: 'static',
    cniPlugins: 'distribution',
    notes: ["The distribution has no Docker: Docker's static build is installed into /usr/local/bin.", selinux, firewalld],
    ranHere: 'recorded facts',
  },
  {
    name: 'enterprise-linux-9',
    title: 'RHEL 9, CentOS Stream 9, Rocky Linux 9, AlmaLinux 9, Oracle Linux 9',
    isThis: (system) => isEnterprise.includes(system.id) && majorOf(system) === 9 && !system.imageBased,
    packageManager: 'dnf',
    packages: { 'cni-plugins': ['containernetworking-plugins'], ...network },
    docker: 'static',
    cniPlugins: 'distribution',
    notes: ["The distribution has no Docker: Docker's static build is installed into /usr/local/bin.", selinux, firewalld],
    ranHere: 'recorded facts',
  },
  {
    name: 'enterprise-linux-10',
    title: 'RHEL 10, CentOS Stream 10, Rocky Linux 10, AlmaLinux 10, Oracle Linux 10',
    isThis: (system) => isEnterprise.includes(system.id) && majorOf(system) >= 10 && !system.imageBased,
    packageManager: 'dnf',
    packages: network,
    docker: 'static',
    cniPlugins: 'static',
    notes: [
      "The distribution has neither Docker nor, from this release on, the CNI plugins: both are upstream's static builds.",
      selinux,
      firewalld,
    ],
    ranHere: 'recorded facts',
  },
  {
    name: 'amazon-linux-2023',
    title: 'Amazon Linux 2023',
    isThis: (system) => system.id === 'amzn' && system.version === '2023',
    packageManager: 'dnf',
    packages: { docker: ['docker'], 'cni-plugins': ['cni-plugins'], ...network },
    docker: 'distribution',
    cniPlugins: 'distribution',
    notes: ["Docker and the CNI plugins are Amazon's own packages."],
    ranHere: 'recorded facts',
  },
  {
    name: 'fedora-like',
    title: 'another derivative of Fedora or RHEL with dnf',
    isThis: (system) =>
      (isLike(system, 'fedora') || isLike(system, 'rhel')) && system.id !== 'amzn' && majorOf(system) !== 7 && !system.imageBased,
    packageManager: 'dnf',
    packages: network,
    docker: 'static',
    cniPlugins: 'static',
    notes: ["Docker and the CNI plugins are upstream's static builds; the rest comes by its own dnf.", selinux],
    ranHere: 'recorded facts',
  },
];
