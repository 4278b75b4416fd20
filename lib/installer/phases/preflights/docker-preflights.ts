import { failure, type Finding, ok, type Preflight, warning } from './preflight.ts';

/** Docker's first release that we run on, and its API 1.41. */
const oldest = { major: 20, minor: 10 };

/** Which Docker there is, and whether it is one that the platform can use. */
export const dockerFlavour: Preflight = ({ facts }) => {
  const { docker, packages } = facts;
  const findings: Finding[] = [];
  if (docker.real.includes('/snap/') || docker.dockerd.includes('/snap/')) {
    const hint = "snap remove docker, then run this again: the distribution's Docker is installed";
    findings.push(failure('docker', 'Docker is a snap, which cannot see /var/lib/openshift', hint));
  }
  if (packages.has('podman-docker') || /podman/i.test(docker.says)) {
    const hint = 'remove the package podman-docker, then run this again: Docker is installed beside podman';
    findings.push(failure('docker', '`docker` is podman here', hint));
  } else if (docker.socket.includes('podman')) {
    const hint = 'remove the link /var/run/docker.sock and what makes it, then run this again: Docker is installed beside podman';
    findings.push(failure('docker', `podman answers in Docker's place (${docker.socket})`, hint));
  }
  const elsewhere = docker.running && docker.kernelRelease !== '' && docker.kernelRelease !== facts.kernelRelease;
  if (elsewhere) {
    const hint = 'stop what makes that socket (Docker Desktop, Colima, a tunnel), then run this again';
    const text = `the Docker behind /var/run/docker.sock runs on another machine (${docker.operatingSystem}, kernel ${docker.kernelRelease})`;
    findings.push(failure('docker', text, hint));
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
  const origin = originOf(packages);
  if (docker.running) return ok('docker', `${docker.version} is running${origin}`);
  return ok('docker', docker.dockerd === '' ? 'will be installed' : `is installed${origin} and will be started`);
};

/** Whose packages it came in. */
function originOf(packages: ReadonlySet<string>): string {
  if (packages.has('docker-ce')) return ", from docker.com's packages";
  const own = ['docker.io', 'moby-engine', 'docker'].find((name) => packages.has(name));
  return own === undefined ? '' : `, from the distribution's package ${own}`;
}

/** A rootless Docker beside it, and containers of others in it. */
export const dockerNeighbours: Preflight = ({ facts: { docker } }) => {
  const findings: Finding[] = [];
  for (const socket of docker.rootlessSockets) {
    findings.push(warning('docker-neighbours', `a rootless Docker listens on ${socket}`, 'it is left alone'));
  }
  if (docker.foreignCount > 0) {
    const names = docker.foreign.slice(0, 3).join(', ') + (docker.foreignCount > 3 ? ' ...' : '');
    const hint = 'they are left alone, and Docker stays when OpenShift is uninstalled';
    const held = docker.foreignCount === 1 ? 'a container that is' : `${docker.foreignCount} containers that are`;
    findings.push(warning('docker-neighbours', `Docker holds ${held} not ours: ${names}`, hint));
  }
  return findings.length > 0 ? findings : ok('docker-neighbours', 'none');
};

/** vfs copies every layer. */
export const storageDriver: Preflight = ({ facts: { docker } }) => {
  if (!docker.running || docker.storageDriver !== 'vfs') return ok('docker-storage', docker.storageDriver || 'to be seen');
  return warning(
    'docker-storage',
    'Docker copies whole images (storage driver vfs)',
    'it works, slowly and with much disk; overlay2 is better',
  );
};

/** Whether Docker is a swarm's node, whose services and ports the platform does not know. */
export const swarm: Preflight = ({ facts: { docker } }) => {
  if (docker.swarm === '' || docker.swarm === 'inactive') return ok('docker-swarm', 'no node of a swarm');
  const hint = 'its services go on beside OpenShift; docker swarm leave ends it, if it is no longer needed';
  return warning('docker-swarm', `Docker is a node of a swarm (${docker.swarm})`, hint);
};

/** Where people who type `docker` on the server end up, which need not be the Docker that runs the pods. */
export const dockerClient: Preflight = ({ facts: { docker } }) => {
  const local = ['', 'unix:///var/run/docker.sock', 'unix:///run/docker.sock'];
  const text = (what: string) => `${what} leads \`docker\` elsewhere than to the Docker of this server`;
  if (!local.includes(docker.host)) {
    return warning(
      'docker-client',
      text(`DOCKER_HOST=${docker.host}`),
      'it is not used here; unset it to see the pods with docker ps',
    );
  }
  if (docker.context === '' || docker.context === 'default') return ok('docker-client', 'talks to the Docker of this server');
  return warning(
    'docker-client',
    text(`the context ${docker.context}`),
    'it is not used here; docker context use default shows the pods',
  );
};

/** How a running Docker is set up, for whoever reads the report. */
export const dockerSettings: Preflight = ({ facts: { docker } }) => {
  if (!docker.running) return ok('docker-settings', 'to be seen');
  const restore = docker.liveRestore ? 'containers outlive it' : 'containers end with it';
  return ok('docker-settings', `data in ${docker.rootDir}, cgroup driver ${docker.cgroupDriver || 'unknown'}, ${restore}`);
};
