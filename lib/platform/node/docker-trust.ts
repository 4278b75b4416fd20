import { mkdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorText } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import { REGISTRY_SERVICE, registryHostOf } from '../api/image/internal-registry.ts';
import type { KubeObject } from '../api/meta.ts';
import type { Informer } from '../client/informer.ts';

/** Where Docker looks for the authorities of registries, at each pull: no restart is needed (docker: dockerd, "insecure registries"). */
const CERTS_DIR = '/etc/docker/certs.d';

export interface DockerTrustOptions {
  readonly services: Informer;
  /** The authority that has certified the registry. */
  readonly caPem: string;
  /** Which files are ours, for `openshift node cleanup`. */
  readonly recordPath: string;
  readonly log: Log;
  /** @default /etc/docker/certs.d */
  readonly certsDir?: string;
}

/**
 * Lets this machine's Docker trust the platform's registry: a file with our authority, for the registry's address and no other. Until the
 * signal; what cannot be written is said and tried again with the next change.
 */
export async function runDockerTrust(options: DockerTrustOptions, signal: AbortSignal): Promise<void> {
  const { services, log } = options;
  let work = Promise.resolve();
  const look = (service: KubeObject): void => {
    if (service.metadata.name !== REGISTRY_SERVICE.name || service.metadata.namespace !== REGISTRY_SERVICE.namespace) return;
    const host = registryHostOf(service);
    // An address only: the name of a folder.
    if (host === undefined || !/^\d{1,3}(\.\d{1,3}){3}:\d{1,5}$/.test(host)) return;
    work = work
      .then(() => trust(options, host))
      .catch((error: unknown) => log.error({ error: errorText(error), host }, 'Docker cannot be told to trust the registry'));
  };
  services.addHandler({ added: look, updated: look });
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  await work;
}

/** The record first: whatever is written is in it. */
async function trust({ caPem, recordPath, certsDir = CERTS_DIR, log }: DockerTrustOptions, host: string): Promise<void> {
  const path = join(certsDir, host, 'ca.crt');
  if ((await readText(path)) === caPem && (await recorded(recordPath)).includes(path)) return;
  await replace(recordPath, JSON.stringify([...new Set([...(await recorded(recordPath)), path])]), 0o600);
  await replace(path, caPem, 0o644);
  log.info({ path }, 'Docker trusts the registry');
}

/** Removes what runDockerTrust has written, and folders that are empty then. Safe to run again. */
export async function removeDockerTrust(recordPath: string): Promise<void> {
  for (const path of await recorded(recordPath)) {
    await rm(path, { force: true });
    for (const folder of [dirname(path), dirname(dirname(path))]) await rmdir(folder).catch(() => undefined);
  }
  await rm(recordPath, { force: true });
}

async function recorded(recordPath: string): Promise<string[]> {
  const text = await readText(recordPath);
  if (text === undefined) return [];
  try {
    const paths: unknown = JSON.parse(text);
    return Array.isArray(paths) ? paths.filter((path) => typeof path === 'string' && path.endsWith('/ca.crt')) : [];
  } catch {
    return [];
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function replace(path: string, text: string, mode: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.tmp`;
  await writeFile(temporary, text, { mode });
  await rename(temporary, path);
}
