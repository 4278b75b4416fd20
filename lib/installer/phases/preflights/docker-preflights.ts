import { failure, type Finding, ok, type Preflight, warning } from './preflight.ts';

/** Docker's first release that we run on, and its API 1.41. */
const oldest = { major: 20, minor: 10 };

export const dockerFlavour: Preflight = ({ facts: { docker, packages } }) => {
  const findings: Finding[] = [];
  if (docker.real.includes('/snap/') || docker.dockerd.includes('/snap/')) {
    const hint = "snap remove docker, then run this again: the distribution's Docker is installed";
    findings.push(failure('docker', 'Docker is a snap, which cannot see /var/lib/openshift', hint));
  }
  if (packages.has('podman-docker') || /podman/i.test(docker.says)) {
    const hint = 'remove the package podman-docker, then run this again: Docker is installed beside podman';
    findings.push(failure('docker', '`docker` is podman here', hint));
  }
  if (docker.securityOptions.includes('name=rootless')) {
    const hint = "stop it, and let this install the system's Docker beside it";
    findings.push(
      failure('docker', 'the Docker behind /var/run/docker.sock is rootless, which gives pods no network of ours', hint),
    );
  }
  if (docker.securityOptions.includes('name=userns')) {
    const hint = 'take userns-remap out of /etc/docker/daemon.json';
    findings.push(failure('docker', 'Docker remaps user IDs, which host networking and volumes of pods cannot work with', hint));
  }
  const version = /^(\d+)\.(\d+)/.exec(docker.version);
  if (version !== null && Number(version[1]) * 100 + Number(version[2]) < oldest.major * 100 + oldest.minor) {
    const hint = 'upgrade it (apt-get install docker.io), then run this again';
    findings.push(failure('docker', `Docker ${docker.version} is older than ${oldest.major}.${oldest.minor}`, hint));
  }
  if (findings.length > 0) return findings;
  if (docker.running) return ok('docker', `${docker.version} is running`);
  return ok('docker', docker.dockerd === '' ? 'will be installed' : 'is installed and will be started');
};

export const dockerNeighbours: Preflight = ({ facts: { docker } }) => {
  const findings: Finding[] = [];
  for (const socket of docker.rootlessSockets) {
    findings.push(warning('docker-neighbours', `a rootless Docker listens on ${socket}`, 'it is left alone'));
  }
  if (docker.foreign.length > 0) {
    const names = docker.foreign.slice(0, 3).join(', ') + (docker.foreign.length > 3 ? ' ...' : '');
    const hint = 'they are left alone, and Docker stays when OpenShift is uninstalled';
    findings.push(
      warning('docker-neighbours', `Docker holds ${docker.foreign.length} containers that are not ours: ${names}`, hint),
    );
  }
  return findings.length > 0 ? findings : ok('docker-neighbours', 'none');
};

export const storageDriver: Preflight = ({ facts: { docker } }) => {
  if (!docker.running || docker.storageDriver !== 'vfs') return ok('docker-storage', docker.storageDriver || 'to be seen');
  return warning(
    'docker-storage',
    'Docker copies whole images (storage driver vfs)',
    'it works, slowly and with much disk; overlay2 is better',
  );
};
