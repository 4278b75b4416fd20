import { readFileSync } from 'node:fs';
import { defineErrors } from '../../common/errors.ts';
import { type JsonObject, JsonTextError, parseJson } from '../agent/docker-config/json-text.ts';

/** What can be wrong with the settings that are to be merged into Docker's daemon.json. */
export const dockerSettingErrors = defineErrors({
  DOCKER_SETTINGS_UNREADABLE: {
    failure: 'usage',
    message: (path: string, why: string) => `${path} cannot be read as settings of Docker: ${why}`,
    hint: () => 'it must hold a JSON object, as /etc/docker/daemon.json does',
  },
  DOCKER_SETTING_HARMFUL: {
    failure: 'usage',
    message: (key: string, why: string) => `the setting ${key} of Docker cannot be used with OpenShift: ${why}`,
    hint: () => 'leave it out',
  },
});

/** Settings under which pods do not run, and why. */
export const harmfulDockerSettings: Readonly<Record<string, string>> = {
  'userns-remap': "volumes and host networking of pods need the server's own user IDs",
  hosts: 'the platform and people who type docker talk to /var/run/docker.sock, which it would replace',
};

/** Settings that are to be merged into Docker's daemon.json, out of a file of the same form. @throws OoError */
export function readDockerSettings(path: string): JsonObject {
  let value: unknown;
  try {
    value = parseJson(readFileSync(path, 'utf8'));
  } catch (error) {
    const why = error instanceof JsonTextError ? error.message : ((error as NodeJS.ErrnoException).code ?? String(error));
    throw dockerSettingErrors.DOCKER_SETTINGS_UNREADABLE(path, why);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw dockerSettingErrors.DOCKER_SETTINGS_UNREADABLE(path, 'it is no object');
  }
  return checkDockerSettings(value as JsonObject);
}

/** The same settings, if pods can run with them. @throws OoError DOCKER_SETTING_HARMFUL */
export function checkDockerSettings(settings: JsonObject): JsonObject {
  for (const [key, why] of Object.entries(harmfulDockerSettings)) {
    if (Object.hasOwn(settings, key)) throw dockerSettingErrors.DOCKER_SETTING_HARMFUL(key, why);
  }
  return settings;
}
