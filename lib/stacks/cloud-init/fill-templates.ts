import type { HostData } from './host-data.ts';
import { labHostFiles, labStages } from './lab-host-status.ts';
import { loadFile, loadTemplate, type Values } from './template.ts';

interface WrittenFile {
  readonly path: string;
  readonly permissions: string;
  readonly content: string;
}

/** The user data of data that nobody has judged: each value stays in its place, however senseless it is there. */
export function fillTemplates(data: HostData): string {
  const values = {
    ...data,
    dockerDevice: data.dockerDevice ?? '',
    images: data.images ?? [],
    port: data.settings?.port ?? 8443,
    stages: labStages(data),
    install: data.install ?? '',
  };
  return loadTemplate('user-data.yaml.hbs')({
    ...values,
    findDockerVolume: loadTemplate('find-docker-volume.sh.hbs')(values),
    files: writtenFiles(data, values),
  });
}

/** What is written where. Nothing below /usr but in /usr/local, which is writable where /usr is an image. */
function writtenFiles(data: HostData, values: Values): readonly WrittenFile[] {
  const file = (path: string, content: string, permissions = '0644'): WrittenFile => ({ path, permissions, content });
  const made = (path: string, template: string, permissions?: string) => file(path, loadTemplate(template)(values), permissions);
  const files = [
    file('/etc/ssh/sshd_config.d/00-oo-install-lab.conf', loadFile('sshd.conf')),
    made('/etc/motd.d/oo-install-lab', 'motd.txt.hbs'),
    made(labHostFiles.cluster, 'cluster.yaml.hbs'),
    made(labHostFiles.host, 'lab-host.json.hbs'),
    file('/usr/local/sbin/oo-install-lab-status', loadFile('lab-status.py'), '0755'),
    made('/usr/local/sbin/oo-install-lab-host', 'lab-host.sh.hbs', '0755'),
    file('/etc/systemd/system/oo-install-lab-host.service', loadFile('lab-host.service')),
  ];
  const images = [
    made('/usr/local/sbin/oo-install-lab-images', 'load-images.sh.hbs', '0755'),
    file('/etc/systemd/system/oo-install-lab-images.service', loadFile('load-images.service')),
  ];
  const install = [
    made('/etc/oo-install/lab-install.json', 'lab-install.json.hbs'),
    file('/usr/local/sbin/oo-install-lab-install', loadFile('install-from-bucket.py'), '0755'),
    file('/etc/systemd/system/oo-install-lab-install.service', loadFile('install-from-bucket.service')),
  ];
  return [...files, ...((data.images ?? []).length === 0 ? [] : images), ...(data.install === undefined ? [] : install)];
}
