import { defineErrors } from '../../../common/errors.ts';

/** What can go wrong with Docker's own configuration. Docker is as it was when one of them is thrown, but for DOCKER_LOST. */
export const dockerConfigErrors = defineErrors({
  DOCKER_CONFIG_BROKEN: {
    failure: 'docker',
    message: (path: string, where: string) => `${path} is no JSON: ${where}`,
    hint: () => 'mend it: dockerd would not start with it either; Docker is as it was',
  },
  DOCKER_FLAG_CONFLICT: {
    failure: 'conflict',
    message: (what: string) => `dockerd is started with a flag for the same setting: ${what}`,
    hint: () =>
      'take the flag out of the unit (systemctl cat docker shows it), or the setting out of what you ask for; Docker is as it was',
  },
  DOCKER_CONFIG_REFUSED: {
    failure: 'docker',
    message: (what: string) => `dockerd would refuse these settings: ${what}`,
    hint: () => 'mend what you ask for; Docker is as it was',
  },
  DOCKER_RESTART_NEEDED: {
    failure: 'conflict',
    message: (keys: string, names: string) =>
      `${keys} takes a restart of Docker, which would stop containers that are not ours: ${names}`,
    hint: () => 'stop them, or turn on live-restore, or say --restart-docker; Docker is as it was',
  },
  DOCKER_SETTINGS_FAILED: {
    failure: 'docker',
    message: (path: string, why: string) =>
      `Docker did not come back with the new settings: ${why}; ${path} is as it was, and Docker runs again`,
    hint: () => 'mend what you ask for, then run the same command again',
  },
  DOCKER_LOST: {
    failure: 'docker',
    message: (path: string, why: string) =>
      `Docker did not come back, neither with the new settings nor with ${path} as it was: ${why}`,
    hint: () => 'journalctl -u docker tells more; oo-install changed nothing else',
  },
});
