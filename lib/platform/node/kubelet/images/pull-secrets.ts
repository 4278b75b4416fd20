import { registryOf } from '../../../runtime/image-reference.ts';

export interface RegistryLogin {
  readonly username: string;
  readonly password: string;
}

interface DockerConfigEntry {
  readonly username?: unknown;
  readonly password?: unknown;
  readonly auth?: unknown;
}

/** Logins by registry out of a pull secret: `.dockerconfigjson`, or the older `.dockercfg` without its wrapper. */
export function parsePullSecret(data: ReadonlyMap<string, Buffer>): Map<string, RegistryLogin> {
  const wrapped = data.get('.dockerconfigjson');
  const bare = data.get('.dockercfg');
  const out = new Map<string, RegistryLogin>();
  const text = wrapped ?? bare;
  if (text === undefined) return out;
  let entries: unknown;
  try {
    const parsed: unknown = JSON.parse(text.toString('utf8'));
    entries = wrapped === undefined ? parsed : (parsed as { auths?: unknown } | null)?.auths;
  } catch {
    return out;
  }
  if (typeof entries !== 'object' || entries === null) return out;
  for (const [registry, entry] of Object.entries(entries as Record<string, DockerConfigEntry>)) {
    const login = loginOf(entry);
    if (login !== undefined) out.set(registry, login);
  }
  return out;
}

function loginOf(entry: DockerConfigEntry): RegistryLogin | undefined {
  if (typeof entry?.auth === 'string' && entry.auth !== '') {
    const decoded = Buffer.from(entry.auth, 'base64').toString('utf8');
    const colon = decoded.indexOf(':');
    if (colon > 0) return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
  }
  if (typeof entry?.username === 'string' && typeof entry.password === 'string')
    return { username: entry.username, password: entry.password };
  return undefined;
}

/** `https://host:5000/v1/` and `host:5000/path` as host and path. */
function splitRegistry(text: string): { host: string; path: string } {
  const bare = text.replace(/^https?:\/\//, '').replace(/\/v[12]\/?$/, '');
  const slash = bare.indexOf('/');
  return slash === -1 ? { host: bare, path: '' } : { host: bare.slice(0, slash), path: bare.slice(slash + 1).replace(/\/$/, '') };
}

const HUB = new Set(['index.docker.io', 'docker.io', 'registry-1.docker.io']);

function hostMatches(pattern: string, host: string): boolean {
  if (HUB.has(pattern) && HUB.has(host)) return true;
  if (pattern === host) return true;
  // `*.example.com` stands for one label, as in kubelet's credential provider.
  const [a, b] = [pattern.split('.'), host.split('.')];
  return a.length === b.length && a.every((part, index) => part === '*' || part === b[index]);
}

/** The logins that may open an image, the most specific first. */
export function loginsFor(image: string, secrets: readonly ReadonlyMap<string, RegistryLogin>[]): RegistryLogin[] {
  const { host } = splitRegistry(registryOf(image));
  const path = image.startsWith(`${host}/`) ? image.slice(host.length + 1) : image;
  const found: { login: RegistryLogin; length: number }[] = [];
  for (const logins of secrets)
    for (const [registry, login] of logins) {
      const wanted = splitRegistry(registry);
      const inside = wanted.path === '' || path === wanted.path || path.startsWith(`${wanted.path}/`);
      if (hostMatches(wanted.host, host) && inside) found.push({ login, length: wanted.path.length });
    }
  return found.sort((a, b) => b.length - a.length).map(({ login }) => login);
}
