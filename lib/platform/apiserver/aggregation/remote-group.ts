import { Agent } from 'node:https';
import { isAvailable, type ServiceReference } from '../../api/apiregistration/api-service.ts';
import type { KubeObject } from '../../api/meta.ts';

/** A group version that another server serves, as its APIService names it. */
export interface RemoteGroup {
  /** `v1beta1.example.com` */
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly service: Required<ServiceReference>;
  /** Whether the last look at the server found it well. */
  readonly available: boolean;
  readonly groupPriority: number;
  readonly versionPriority: number;
  /** Its connections, verified as the APIService says. */
  readonly agent: Agent;
}

/** What this server shows of itself: extension servers believe its bearer when it names users in headers. PEM. */
export interface FrontProxyCredentials {
  readonly certPem: string;
  readonly keyPem: string;
}

/** Connections to one extension server, so that none takes all that there are. */
const MAX_SOCKETS = 512;
const MAX_FREE_SOCKETS = 16;
const DEFAULT_PORT = 443;

/** Of an APIService that names a service. */
export function remoteGroup(object: KubeObject, agent: Agent): RemoteGroup {
  const { spec } = object;
  const { namespace = '', name = '', port = DEFAULT_PORT } = spec.service as ServiceReference;
  return {
    name: object.metadata.name!,
    group: spec.group ?? '',
    version: spec.version ?? '',
    service: { namespace, name, port },
    available: isAvailable(object),
    groupPriority: spec.groupPriorityMinimum ?? 0,
    versionPriority: spec.versionPriority ?? 0,
    agent,
  };
}

/** Connections to the service that an APIService names. */
export function remoteAgent({ spec }: KubeObject, credentials: FrontProxyCredentials): Agent {
  return new Agent({
    cert: credentials.certPem,
    key: credentials.keyPem,
    // Without a bundle the system's own authorities count.
    ...(spec.caBundle ? { ca: Buffer.from(spec.caBundle, 'base64').toString('utf8') } : {}),
    rejectUnauthorized: spec.insecureSkipTLSVerify !== true,
    minVersion: 'TLSv1.2',
    keepAlive: true,
    maxSockets: MAX_SOCKETS,
    maxFreeSockets: MAX_FREE_SOCKETS,
  });
}
