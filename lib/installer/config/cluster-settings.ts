import { z } from 'zod';
import type { JsonObject } from '../agent/docker-config/json-text.ts';
import { packageModes } from './package-modes.ts';
import { dockerSettingErrors, harmfulDockerSettings } from './docker-settings.ts';
import { checked, field, number, text } from './fields.ts';
import { imageChoice } from './image-choice.ts';
import { isDnsName, isSha256 } from './text-forms.ts';
import { checkProxy, parseNoProxy, proxyErrors } from './proxy-settings.ts';

const file = text((value) => !value.includes('\0'), 'is no path of a file');
const flag = z.boolean('is neither true nor false');

/** What daemon.json can hold. YAML has numbers that JSON has not. */
const isJson = (value: unknown): boolean => {
  if (typeof value === 'object' && value !== null) return Object.values(value).every(isJson);
  return value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
};
const docker = field<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value) && isJson(value),
  "is no mapping of settings as Docker's daemon.json holds them",
).superRefine((settings, context) => {
  for (const [key, why] of Object.entries(harmfulDockerSettings)) {
    if (!Object.hasOwn(settings, key)) continue;
    const { message, hint } = dockerSettingErrors.DOCKER_SETTING_HARMFUL(key, why);
    context.addIssue({ code: 'custom', path: [key], message: `${message}; ${hint}`, params: { whole: true } });
  }
});

const proxy = z
  .strictObject({
    http: checked(checkProxy).optional(),
    https: checked(checkProxy).optional(),
    /** Hosts, domains and networks that are reached without one, separated by commas. */
    except: checked(parseNoProxy).optional(),
  })
  .superRefine(({ http, https, except }, context) => {
    if (except === undefined || (http ?? https) !== undefined) return;
    const { message } = proxyErrors.PROXY_EXCEPT_NOTHING();
    context.addIssue({
      code: 'custom',
      path: ['except'],
      message: `${message}; give http or https too`,
      params: { whole: true },
    });
  });

/** A static build that somebody brings. */
const build = z.strictObject({ file, sha256: field<string>(isSha256, 'is no SHA-256 of 64 hexadecimal digits') });

/** What an installation is told of every host of cluster.yaml, as the flags of `install` tell it. */
export const clusterSettings = z.strictObject({
  /** Port of the API, on all addresses. @default 8443 */
  port: number(1, 65_535, 'is not a port from 1 to 65535').optional(),
  /** Hosts of routes that name none are below it. @default apps.localhost */
  domain: text(isDnsName, 'is no DNS name in lower case').optional(),
  /** Seconds that cloud-init is waited for; 0: not at all. @default 600 */
  wait: number(0, 999_999, 'is not a number of seconds from 0 to 999999').optional(),
  /** @default auto */
  packages: z.enum(packageModes, `is none of ${packageModes.join(', ')}`).optional(),
  /** What `oo-install bundle create` wrote. */
  bundle: file.optional(),
  /** Which of the platform's own images go to the servers. @default all; with a bundle, all that it holds */
  images: imageChoice.optional(),
  /** To be merged into Docker's daemon.json. */
  docker: docker.optional(),
  /** Whether that may restart Docker also when containers of others run in it. @default false */
  restartDocker: flag.optional(),
  proxy: proxy.optional(),
  /** @default those of the catalogue */
  builds: z.strictObject({ docker: build.optional(), cni: build.optional() }).optional(),
});
export type ClusterSettings = z.infer<typeof clusterSettings>;
