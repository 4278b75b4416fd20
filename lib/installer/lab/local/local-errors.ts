import { defineErrors } from '../../../common/errors.ts';
import { printable } from '../../../common/printable.ts';

/** What can go wrong with hosts of a lab on this machine's Docker. */
export const localErrors = defineErrors({
  LAB_DOCKER_ABSENT: {
    failure: 'docker',
    message: (socket: string) => `docker does not run on this machine: nothing answers at ${socket}`,
    hint: () => 'oo-install localhost installs and starts it, or install the package docker.io and start it',
  },
  LAB_DOCKER_DENIED: {
    failure: 'docker',
    message: (socket: string) => `this account may not use docker: ${socket} is closed to it`,
    hint: () => 'run the command with sudo, or as a member of the group docker (which is as good as root)',
  },
  LAB_DOCKER_ELSEWHERE: {
    failure: 'usage',
    message: (host: string) => `DOCKER_HOST is ${host}: a local lab stands on the Docker of this machine`,
    hint: () => 'unset DOCKER_HOST, or set it to a socket of this machine: unix:///var/run/docker.sock',
  },
  LAB_DOCKER_REFUSED: {
    failure: 'docker',
    message: (what: string, why: string) => `docker could not ${what}: ${why}`,
    hint: (_what: string, why: string) =>
      /no space left/i.test(why)
        ? 'make room (docker system df tells what takes it), then run the same command again: it goes on where it was'
        : 'mend what docker says, then run the same command again: it goes on where it was',
  },
  LAB_NETWORK_IN_USE: {
    failure: 'conflict',
    message: (network: string, users: readonly string[]) =>
      `the network ${network} cannot go: ${users.map(printable).join(', ')} of somebody else ${users.length === 1 ? 'is' : 'are'} on it`,
    hint: (network: string, users: readonly string[]) =>
      `take that off it (docker network disconnect -f ${network} ${printable(users[0] ?? 'NAME')}), then run the same command again; it is not ours, and was not touched`,
  },
  LAB_IMAGE_TOOL_MISSING: {
    failure: 'preflight',
    message: () => 'the image of the hosts is made by mmdebstrap, which is not installed on this machine',
    hint: () => 'apt-get install mmdebstrap (Debian, Ubuntu) or dnf install mmdebstrap (Fedora), then run the same command again',
  },
  LAB_IMAGE_NEEDS_IDS: {
    failure: 'preflight',
    message: (user: string) =>
      `the image of the hosts is made by mmdebstrap, which takes user ids that ${user} has not been given`,
    hint: (user: string) =>
      `apt-get install uidmap, and usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${user}; or have root put a lab up here once: the image stays`,
  },
  LAB_IMAGE_FAILED: {
    failure: 'preflight',
    message: (tag: string, why: string) => `the image ${tag} could not be made: ${why}`,
    hint: (_tag: string, why: string) =>
      /no space left|make room/i.test(why)
        ? 'make room (it takes 1000 MiB where mmdebstrap works, and the image 600 in the folder of docker), then run the same command again'
        : 'check the network and the package sources of this machine, then run the same command again',
  },
  LAB_PROBLEMS: {
    failure: 'preflight',
    message: (lab: string, problems: readonly string[]) => `lab ${lab} cannot be put up here: ${problems.join('; ')}`,
    hint: () => 'nothing was changed',
  },
  LAB_NO_NETWORK: {
    failure: 'conflict',
    message: (network: string) => `no range between 10.208.0.0 and 10.223.255.255 is free for the network ${network}`,
    hint: () => 'take a lab or a network away that is no longer needed: docker network ls',
  },
  LAB_NAME_TAKEN: {
    failure: 'conflict',
    message: (type: string, name: string) => `the ${type} ${name} is there already and is not of this lab`,
    hint: (type: string, name: string) =>
      `give the lab another name, or take that one away if nobody needs it: docker ${type === 'network' ? 'network rm' : 'rm -f'} ${name}`,
  },
  LAB_HOST_DOWN: {
    failure: 'platform',
    message: (host: string, why: string) => `host ${host} does not come up: ${why}`,
    hint: (host: string, _why: string, container: string) => `what ${host} wrote while it started: docker logs ${container}`,
  },
  LAB_HOST_COMMAND: {
    failure: 'platform',
    message: (host: string, program: string, code: number, output: string) =>
      `${program} ended with ${code} on ${host}${output === '' ? '' : `: ${output}`}`,
  },
  LAB_ATTENDEE_UNKNOWN: {
    failure: 'internal',
    message: (attendee: string) => `the lab's state does not know the attendee ${attendee}`,
  },
});
