import { defineErrors } from '../../common/errors.ts';

/** What can go wrong on the server. */
export const agentErrors = defineErrors({
  BAD_CALL: { failure: 'internal', message: (why: string) => `the agent was asked for something it does not know: ${why}` },
  ANSWER_STRANGE: {
    failure: 'internal',
    message: (host: string, call: string) =>
      `${host}: the agent's answer to ${call} is not what this version of oo-install reads`,
    hint: () =>
      'use the version of oo-install that installed this server, or bring the server up to this one: oo-install upgrade',
  },
  AGENT_TOO_OLD: {
    failure: 'conflict',
    message: (host: string, call: string) => `${host}: the version that is installed there does not know ${call}`,
    hint: () => 'bring it up to this version first: oo-install upgrade',
  },
  AGENT_INCOMPATIBLE: {
    failure: 'conflict',
    message: (host: string, theirs: number, ours: number) =>
      `${host}: the version that is installed there speaks protocol ${theirs}, this one ${ours}`,
    hint: () =>
      'use the version of oo-install that installed this server, or bring the server up to this one: oo-install upgrade',
  },
  COMMAND_FAILED: {
    failure: 'internal',
    message: (command: string, status: string, output: string) =>
      `${command} ended with ${status}${output === '' ? '' : `: ${output}`}`,
  },
  PACKAGES_FAILED: {
    failure: 'docker',
    message: (manager: string, names: string, output: string) => `${manager} could not install ${names}: ${output}`,
    hint: (manager: string) =>
      manager === 'apt'
        ? 'see /var/log/apt/term.log on the server; mend it (apt-get -f install), then run the same command again'
        : `mend what ${manager} says on the server, then run the same command again`,
  },
  BUILD_MALFORMED: {
    failure: 'docker',
    message: (path: string, why: string) => `${path} is no static build: ${why}`,
  },
  FILE_IN_THE_WAY: {
    failure: 'conflict',
    message: (path: string) => `${path} is there already, and not from us`,
    hint: () => 'move it away, or install Docker yourself: it is then used as it is',
  },
  NO_PACKAGE_MANAGER: {
    failure: 'docker',
    message: () => 'this server has neither apt, nor dnf, nor zypper',
    hint: () => 'see docs/distributions.md for what can be installed on',
  },
  PACKAGE_LOCK_HELD: {
    failure: 'docker',
    message: (seconds: number, holder: string) => `the package database has been locked for ${seconds} s by ${holder}`,
    hint: () => 'wait for it to end (an automatic upgrade, perhaps), then run the same command again',
  },
  DOCKER_WILL_NOT_START: {
    failure: 'docker',
    message: (why: string) => `docker does not start: ${why}`,
    hint: () => 'mend what its log says above; oo-install changed nothing more',
  },
  DOCKER_NOT_RUNNING: { failure: 'docker', message: (why: string) => `docker does not answer: ${why}` },
  IMAGE_WRONG: {
    failure: 'docker',
    message: (reference: string, expected: string, actual: string) =>
      `image ${reference} is ${actual} after loading, not ${expected}`,
  },
  FILE_CORRUPT: {
    failure: 'internal',
    message: (path: string, expected: string, actual: string) => `${path} is corrupt: sha256 ${actual}, not ${expected}`,
    hint: () => 'run the same command again; nothing of it was used',
  },
  NO_SUCH_ENTRY: { failure: 'internal', message: (id: number) => `the journal has no entry ${id}` },
  SERVICE_FAILED: {
    failure: 'platform',
    message: (name: string, why: string) => `${name} does not stay up: ${why}`,
  },
  NOTHING_TO_UPGRADE: {
    failure: 'usage',
    message: () => 'no version of OpenShift is in use on this server',
    hint: () => 'install it first: oo-install HOST',
  },
  VERSION_MISSING: {
    failure: 'internal',
    message: (kind: string, sha256: string) => `the ${kind} ${sha256.slice(0, 12)} is not in place on this server`,
    hint: () => 'run the same command again: it is sent anew',
  },
  NO_UPGRADE: { failure: 'internal', message: () => 'no upgrade has begun on this server' },
  UPGRADE_UNFIT: {
    failure: 'conflict',
    message: (version: string, why: string) => `version ${version} cannot take over here: ${why}`,
    hint: () => 'nothing was switched: the version that is installed goes on',
  },
  HOST_LOCKED: {
    failure: 'conflict',
    message: (owner: string, seconds: number, doing: string) =>
      `${owner} has been working on this server for ${inWords(seconds)}${doing === '' ? '' : `, and is at: ${doing}`}`,
    hint: () => 'wait for it to end; if nobody is there any more, run the same command with --take-lock',
  },
  MOUNTED: {
    failure: 'conflict',
    message: (path: string) => `${path} is a mount point of another file system that is in use, so it is not removed`,
    hint: () => 'unmount it, then run the same command again',
  },
});

/** `1 second`, `12 minutes`, `3 hours`: the largest unit of which there are two, rounded down. */
export function inWords(seconds: number): string {
  const units = [
    ['day', 86_400],
    ['hour', 3_600],
    ['minute', 60],
  ] as const;
  const [name, length] = units.find(([, size]) => seconds >= 2 * size) ?? ['second', 1];
  const count = Math.max(1, Math.floor(seconds / length));
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}
