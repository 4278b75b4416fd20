import { access, constants } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { type HttpClient, httpClient } from '../client/http-client.ts';
import { loadConfig } from '../config/load-config.ts';
import { type ReadKubeconfig, readKubeconfig } from '../pki/kubeconfig.ts';
import { appErrors } from './app-errors.ts';

export interface AccessFlags {
  readonly kubeconfig?: string;
  /** Of the kubeconfig; else the current one. */
  readonly context?: string;
  readonly namespace?: string;
}

/** Whom we are for the platform, and in which project. */
export interface PlatformAccess {
  readonly client: HttpClient;
  readonly kubeconfig: ReadKubeconfig;
  /** The file that it is from. */
  readonly path: string;
  readonly namespace: string;
}

/** Rejects with an OoError when there is no kubeconfig, or none that says where the platform is and who we are. */
export async function openAccess(flags: AccessFlags): Promise<PlatformAccess> {
  const path = await kubeconfigPath(flags);
  const kubeconfig = await readKubeconfig(path, flags.context);
  return { client: httpClient(kubeconfig), kubeconfig, path, namespace: flags.namespace ?? kubeconfig.namespace ?? 'default' };
}

/** Where an installed daemon is configured (lib/installer/phases/context.ts). */
const SERVER_CONFIG = '/etc/openshift/config.yaml';

/** The first that there is and may be read: --kubeconfig, $KUBECONFIG, ~/.kube/config, and on a server its administrator's. */
async function kubeconfigPath({ kubeconfig }: AccessFlags): Promise<string> {
  const named = kubeconfig === undefined ? (process.env['KUBECONFIG'] ?? '').split(delimiter) : [kubeconfig];
  const places = named.filter((path) => path !== '');
  if (places.length === 0) {
    places.push(join(homedir(), '.kube', 'config'));
    // Of an installation, else of a daemon that somebody has started without a configuration.
    const config = await loadConfig(SERVER_CONFIG).catch(() => loadConfig(undefined).catch(() => undefined));
    if (config !== undefined) places.push(config.adminKubeconfig);
  }
  for (const path of places) if (await isThere(path)) return resolve(path);
  throw appErrors.APP_KUBECONFIG_MISSING(places.join(', '));
}

const isThere = (path: string): Promise<boolean> =>
  access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
