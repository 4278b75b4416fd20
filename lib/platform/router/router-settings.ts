import type { KeyPair } from '../pki/authority.ts';

/** What the router is told when the platform starts. */
export interface RouterSettings {
  /** Shared by the daemon, which writes it, and the pod. */
  readonly folder: string;
  readonly image: string;
  /** This machine's node: the folder is nowhere else. */
  readonly nodeName: string;
  /** Of this machine. */
  readonly httpPort: number;
  readonly httpsPort: number;
  /** For hosts whose routes bring none. */
  readonly serving: KeyPair;
  /** Whom pods' certificates must be from where a route does not say. */
  readonly caPem: string;
}

/** In namespace `default`, under OpenShift 3's name. */
export const ROUTER_NAME = 'router';
export const ROUTER_NAMESPACE = 'default';

/** Where the folder is in the pod: what the configuration says is what HAProxy sees. */
export const MOUNT = '/router';
/** In the folder. */
export const CONFIG_FILE = 'haproxy.cfg';
export const FILES_DIR = 'files';
export const RUN_DIR = 'run';
export const MASTER_SOCKET = 'master.sock';

/** In the pod, which nobody lets bind the ports below 1024. */
export const HTTP_PORT = 8080;
export const HTTPS_PORT = 8443;
export const HEALTH_PORT = 1936;
