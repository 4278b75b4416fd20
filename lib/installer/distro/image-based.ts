import { type Distro } from './distro.ts';
import { isMicro } from './suse-family.ts';

const upstream = { packages: {}, docker: 'static', cniPlugins: 'static', ranHere: 'recorded facts' } as const;
const readOnly = '/usr is read-only; /etc, /opt, /usr/local and /var are not, and nothing else is written.';
const layered = 'nft, iptables, conntrack and ip must be in its image; a preflight names those that are not.';

/** Systems that are an image: packages come with the next image, so what is added must live outside of /usr. */
export const imageBased: readonly Distro[] = [
  {
    ...upstream,
    name: 'fedora-coreos',
    title: 'Fedora CoreOS',
    isThis: (system) => system.imageBased && system.id === 'fedora' && system.variant === 'coreos',
    notes: [
      'A Docker that its image holds is started and used; where there is none, the static build goes to /usr/local/bin.',
      readOnly,
      layered,
    ],
  },
  {
    ...upstream,
    name: 'fedora-iot',
    title: 'Fedora IoT',
    isThis: (system) => system.imageBased && system.id === 'fedora' && system.variant === 'iot',
    notes: ["Docker and the CNI plugins are upstream's static builds.", readOnly, layered],
  },
  {
    ...upstream,
    name: 'fedora-atomic-desktop',
    title: 'Fedora Silverblue, Kinoite and their like',
    isThis: (system) => system.imageBased && system.id === 'fedora',
    notes: ["Docker and the CNI plugins are upstream's static builds.", readOnly, layered],
  },
  {
    ...upstream,
    name: 'suse-micro',
    title: 'openSUSE MicroOS, Leap Micro and SLE Micro',
    isThis: (system) => isMicro(system.id),
    notes: ["Docker and the CNI plugins are upstream's static builds.", readOnly, layered],
  },
  {
    ...upstream,
    name: 'image-based',
    title: 'another system that is booted by ostree',
    isThis: (system) => system.imageBased,
    notes: ["Docker and the CNI plugins are upstream's static builds.", readOnly, layered],
  },
];
