import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import { WebSocket } from 'ws';
import type { NodeSubresource } from '../../api/subresources/connect-subresource.ts';
import type { KubeObject } from '../../api/meta.ts';
import { newNotFound, newServiceUnavailable, StatusError } from '../../api/status-error.ts';
import type { ServerContext } from '../server-context.ts';
import { resourcePrefix } from '../store/storage-key.ts';

const NODES = resourcePrefix({ group: '', plural: 'nodes' });
const KUBELET_PORT = 10250;
/** For the connection (ms), as Go's dialer has it; what flows afterwards may take as long as it likes. */
const CONNECT_TIMEOUT = 30_000;

/** Credentials for the nodes' own servers. */
export interface NodeCredentials {
  readonly caPem: string;
  readonly certPem: string;
  readonly keyPem: string;
}

/** Where a node subresource of an object is answered. */
export interface NodeTarget {
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

/** Opens requests to nodes, verified against our CA and with the API server's client certificate. */
export interface NodeConnector {
  resolve(server: ServerContext, subresource: NodeSubresource, object: KubeObject, query: URLSearchParams): NodeTarget;
  open(target: NodeTarget, options: { method: string; headers: RequestOptions['headers'] }): ReturnType<typeof httpsRequest>;
  /** A WebSocket to a node, with the same credentials. */
  channel(target: NodeTarget, protocol: string): WebSocket;
  close(): void;
}

/** Connects to the kubelets' servers, as the API server. */
export function nodeConnector(credentials: NodeCredentials): NodeConnector {
  const agent = new Agent({ ca: credentials.caPem, cert: credentials.certPem, key: credentials.keyPem, keepAlive: false });
  return {
    resolve(server, subresource, object, query) {
      const { nodeName, path } = subresource.target(object, query);
      const node = server.cache.resource(NODES).get(NODES + nodeName)?.object;
      if (node === undefined) throw newNotFound({ group: '', resource: 'nodes' }, nodeName);
      return { ...addressOf(node), path };
    },
    open({ host, port, path }, { method, headers }) {
      const outgoing = httpsRequest({ agent, host, port, path, method, headers: { ...headers, host: `${host}:${port}` } });
      const timer = setTimeout(() => outgoing.destroy(new Error('i/o timeout')), CONNECT_TIMEOUT).unref();
      outgoing.on('socket', (socket) => {
        socket.once('secureConnect', () => clearTimeout(timer));
        socket.setNoDelay(true);
      });
      outgoing.once('close', () => clearTimeout(timer));
      return outgoing;
    },
    channel({ host, port, path }, protocol) {
      const { caPem: ca, certPem: cert, keyPem: key } = credentials;
      const tls = { ca, cert, key, handshakeTimeout: CONNECT_TIMEOUT, perMessageDeflate: false, followRedirects: false };
      return new WebSocket(`wss://${host.includes(':') ? `[${host}]` : host}:${port}${path}`, protocol, tls);
    },
    close: () => agent.destroy(),
  };
}

/** Where a node's own server is. Throws 503 for a node that has told no address. */
export function addressOf(node: KubeObject): { host: string; port: number } {
  const { addresses = [], daemonEndpoints } = (node.status ?? {}) as {
    addresses?: { type: string; address: string }[];
    daemonEndpoints?: { kubeletEndpoint?: { Port?: number } };
  };
  for (const wanted of ['InternalIP', 'Hostname', 'ExternalIP']) {
    const found = addresses.find(({ type }) => type === wanted);
    if (found !== undefined) return { host: found.address, port: daemonEndpoints?.kubeletEndpoint?.Port || KUBELET_PORT };
  }
  throw newServiceUnavailable(`no preferred addresses found; known addresses: [] of node ${JSON.stringify(node.metadata.name)}`);
}

/** A node that does not answer, in the words of Go's HTTP client. */
export function nodeUnreachable(target: NodeTarget, method: string, error: NodeJS.ErrnoException): StatusError {
  const url = `https://${target.host}:${target.port}${target.path}`;
  const verb = method.charAt(0) + method.slice(1).toLowerCase();
  const why = REASONS[error.code ?? ''] ?? error.message;
  return new StatusError(
    {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: `error dialing backend: ${verb} ${JSON.stringify(url)}: dial tcp ${target.host}:${target.port}: ${why}`,
      code: 500,
    },
    { cause: error },
  );
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ETIMEDOUT: 'i/o timeout',
  ECONNRESET: 'read: connection reset by peer',
};
