import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { TestContext } from 'node:test';
import { connect } from 'node:tls';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../lib/common/log.ts';
import { createNodeServer, type NodeServerOptions } from '../../lib/platform/node/kubelet/server/node-server.ts';
import type { NodePod } from '../../lib/platform/node/kubelet/server/pod-source.ts';
import { ensureAuthority } from '../../lib/platform/pki/authority.ts';
import { createKubectl, type Kubectl } from '../support/kubectl.ts';

export interface Front {
  readonly url: string;
  /** Requests as `METHOD PATH UPGRADE`, in order. */
  readonly seen: string[];
  /** Upgrades to WebSocket are refused from now on, as by a proxy that knows only the old protocol. */
  refuseWebSockets: boolean;
}

export interface NodeBench {
  readonly kubectl: Kubectl;
  readonly front: Front;
  /** A folder of the test's own. */
  readonly dir: string;
}

/** A node server with this one pod, behind a minimal API, and an unmodified kubectl for it. */
export async function startNodeBench(t: TestContext, pod: NodePod, runtime: NodeServerOptions['runtime']): Promise<NodeBench> {
  const dir = await mkdtemp(join(tmpdir(), 'node-server-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const authority = await ensureAuthority(join(dir, 'pki'));
  const own = await authority.issue({ commonName: 'node', ipAddresses: ['127.0.0.1'], usages: ['server'] });
  const client = await authority.issue({ commonName: 'kube-apiserver-kubelet-client', usages: ['client'] });
  const server = createNodeServer({
    nodeName: 'n1',
    usage: { read: () => Promise.reject(new Error('nobody counts here')) },
    pods: { find: () => pod, list: () => [pod] },
    runtime,
    tls: { caPem: authority.caPem, ...own },
    port: 0,
    address: '127.0.0.1',
    log: silentLog,
  });
  const { port } = await server.listen();
  t.after(() => server.close());
  const tls = { port, ca: authority.caPem, cert: client.certPem, key: client.keyPem };
  const front = await startFront(t, pod, tls, { cert: own.certPem, key: own.keyPem });
  const ca = Buffer.from(authority.caPem).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server: front.url, 'certificate-authority-data': ca } }],
    users: [{ name: 'u', user: { token: 'none' } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u', namespace: 'default' } }],
    'current-context': 'c',
  };
  await writeFile(join(dir, 'kubeconfig'), JSON.stringify(config), { mode: 0o600 });
  return { kubectl: createKubectl(join(dir, 'kubeconfig'), join(dir, 'home')), front, dir };
}

/** Just enough of an API server for kubectl: discovery, one pod, and the pod's streaming subresources piped to the node. */
async function startFront(
  t: TestContext,
  pod: NodePod,
  node: { port: number; ca: string; cert: string; key: string },
  serving: { cert: string; key: string },
): Promise<Front> {
  const front: { url: string; seen: string[]; refuseWebSockets: boolean } = { url: '', seen: [], refuseWebSockets: false };
  const forward = (request: IncomingMessage, client: Duplex, head: Buffer): void => {
    const upstream = connect({ host: '127.0.0.1', port: node.port, ca: node.ca, cert: node.cert, key: node.key });
    const headers = [...pairs(request.rawHeaders)].filter(([name]) => name.toLowerCase() !== 'authorization');
    upstream.write(`${request.method} ${nodePath(request.url ?? '')} HTTP/1.1\r\n`);
    upstream.write(`${headers.map(([name, value]) => `${name}: ${value}`).join('\r\n')}\r\n\r\n`);
    upstream.write(head);
    client.pipe(upstream).pipe(client);
    for (const stream of [client, upstream]) stream.on('error', () => (client.destroy(), upstream.destroy()));
  };
  const server = createServer(serving, (request, response) => {
    front.seen.push(`${request.method} ${request.url} -`);
    const path = (request.url ?? '').split('?')[0]!;
    if (path.endsWith('/log')) {
      request.headers.connection = 'close';
      forward(request, request.socket, Buffer.alloc(0));
      return;
    }
    const body = documentAt(path, pod);
    response.writeHead(body === undefined ? 404 : 200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(body ?? { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 }));
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const upgrade = String(request.headers.upgrade).toLowerCase();
    front.seen.push(`${request.method} ${request.url} ${upgrade}`);
    if (front.refuseWebSockets && upgrade === 'websocket')
      return void socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    forward(request, socket, head);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  front.url = `https://127.0.0.1:${(server.address() as { port: number }).port}`;
  return front;
}

function* pairs(raw: readonly string[]): Generator<[string, string]> {
  for (let at = 0; at + 1 < raw.length; at += 2) yield [raw[at]!, raw[at + 1]!];
}

/** `/api/v1/namespaces/NS/pods/POD/exec?container=C&...` as the node's `/exec/NS/POD/C?...`. */
function nodePath(url: string): string {
  const [path = '', query = ''] = url.split('?');
  const [, , , , namespace, , pod, verb] = path.split('/');
  const container = new URLSearchParams(query).get('container') ?? 'app';
  if (verb === 'portforward') return `/portForward/${namespace}/${pod}?${query}`;
  return `/${verb === 'log' ? 'containerLogs' : verb}/${namespace}/${pod}/${container}?${query}`;
}

function documentAt(path: string, pod: NodePod): object | undefined {
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'] };
  if (path === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: [] };
  if (path === '/version') return { major: '1', minor: '32', gitVersion: 'v1.32.0' };
  if (path === '/api/v1')
    return {
      kind: 'APIResourceList',
      groupVersion: 'v1',
      resources: [
        { name: 'pods', singularName: 'pod', namespaced: true, kind: 'Pod', shortNames: ['po'], verbs: ['get', 'list'] },
      ],
    };
  if (path === '/api/v1/namespaces/default/pods/web') return pod.object;
  return undefined;
}
