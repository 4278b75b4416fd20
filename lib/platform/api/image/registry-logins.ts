import type { KubeObject } from '../meta.ts';
import type { RegistryLogin } from './remote-images.ts';

/** Docker's own registry goes by several names in such files. */
const DOCKER_HUB = new Set(['', 'docker.io', 'index.docker.io', 'registry-1.docker.io']);

/**
 * The logins for a registry's host out of secrets of types kubernetes.io/dockercfg and kubernetes.io/dockerconfigjson. What is in them is
 * what users have written: anything else than a login is passed over.
 */
export function loginsOf(secrets: readonly KubeObject[], host: string): RegistryLogin[] {
  return secrets.flatMap(({ data }) => {
    const { '.dockercfg': bare, '.dockerconfigjson': wrapped } = (data ?? {}) as Record<string, string | undefined>;
    const config = parse(bare ?? wrapped ?? '');
    const logins = bare === undefined ? fieldsOf(config['auths']) : config;
    return Object.entries(logins)
      .filter(([registry]) => isSameHost(registry, host))
      .flatMap(([, entry]) => loginOf(fieldsOf(entry)) ?? []);
  });
}

function isSameHost(registry: string, host: string): boolean {
  const name = registry.replace(/^https?:\/\//, '').split('/', 1)[0]!;
  return name === host || (DOCKER_HUB.has(name) && DOCKER_HUB.has(host));
}

function loginOf({ username, password, auth }: Record<string, unknown>): RegistryLogin | undefined {
  if (typeof username === 'string' && typeof password === 'string') return { username, password };
  if (typeof auth !== 'string') return undefined;
  const text = Buffer.from(auth, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon === -1 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

function parse(encoded: string): Record<string, unknown> {
  try {
    return fieldsOf(JSON.parse(Buffer.from(encoded, 'base64').toString('utf8')));
  } catch {
    return {};
  }
}

const fieldsOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
