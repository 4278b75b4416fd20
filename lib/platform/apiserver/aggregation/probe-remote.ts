import { errorText } from '../../../common/errors.ts';
import type { ObjectCache } from '../store/object-cache.ts';
import { fetchRemote } from './fetch-remote.ts';
import { serviceAddress } from './service-address.ts';
import type { RemoteGroup } from './remote-group.ts';

/** One endpoint of several may be on its way out. */
const ATTEMPTS = 3;
const LIMITS = { timeout: 5000, limit: 4 << 20 };

/** Rejects with an Error that says why the server of a group version does not answer for it. */
export async function probeRemote(cache: ObjectCache, remote: RemoteGroup): Promise<void> {
  const path = `/apis/${remote.group}/${remote.version}`;
  for (let attempt = 1; ; attempt++) {
    try {
      const { code } = await fetchRemote(cache, remote, path, LIMITS);
      if (code >= 200 && code < 300) return;
      throw new Error(`bad status from ${path}: ${code}`);
    } catch (error) {
      if (attempt === ATTEMPTS)
        throw new Error(`failing or missing response from ${urlOf(cache, remote, path)}: ${errorText(error)}`, { cause: error });
    }
  }
}

function urlOf(cache: ObjectCache, { service }: RemoteGroup, path: string): string {
  try {
    const { host, port } = serviceAddress(cache, service);
    return `https://${host}:${port}${path}`;
  } catch {
    return `https://${service.name}.${service.namespace}.svc:${service.port}${path}`;
  }
}
