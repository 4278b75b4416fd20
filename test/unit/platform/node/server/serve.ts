import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { silentLog } from '../../../../../lib/common/log.ts';
import { createNodeServer, type NodeServerOptions } from '../../../../../lib/platform/node/kubelet/server/node-server.ts';
import { ensureAuthority } from '../../../../../lib/platform/pki/authority.ts';

export interface ClientTls {
  readonly ca: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface Served {
  readonly port: number;
  /** Of the API server's own client. */
  readonly tls: ClientTls;
  /** A certificate of the same CA with another name. */
  clientNamed(commonName: string): Promise<ClientTls>;
  get(path: string, tls?: ClientTls): Promise<{ code: number; type: string; body: string }>;
  webSocket(path: string, protocol: string | undefined): Promise<WebSocket>;
  /** The handshake's refusal. */
  refusedWebSocket(path: string, protocol: string): Promise<{ code: number; body: string }>;
  spdy(path: string, protocols: string): Promise<{ status: string; headers: string; socket: TLSSocket }>;
  close(): Promise<void>;
}

/** A node server on a free port with a CA of its own; closed when the test ends. */
export async function serve(
  t: TestContext,
  options: Pick<NodeServerOptions, 'pods' | 'runtime'> & Partial<Pick<NodeServerOptions, 'usage' | 'logs' | 'idleTimeout'>>,
): Promise<Served> {
  const dir = await mkdtemp(join(tmpdir(), 'node-server-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const authority = await ensureAuthority(dir);
  const own = await authority.issue({ commonName: 'node', ipAddresses: ['127.0.0.1'], usages: ['server'] });
  const server = createNodeServer({
    nodeName: 'n1',
    usage: { read: () => Promise.reject(new Error('nobody counts here')) },
    ...options,
    tls: { caPem: authority.caPem, ...own },
    port: 0,
    address: '127.0.0.1',
    log: silentLog,
  });
  const { port } = await server.listen();
  t.after(() => server.close());
  const clientNamed = async (commonName: string): Promise<ClientTls> => {
    const pair = await authority.issue({ commonName, usages: ['client'] });
    return { ca: authority.caPem, cert: pair.certPem, key: pair.keyPem };
  };
  const tls = await clientNamed('kube-apiserver-kubelet-client');
  const url = (path: string): string => `wss://127.0.0.1:${port}${path}`;
  return {
    port,
    tls,
    clientNamed,
    close: () => server.close(),
    async get(path, other = tls) {
      const request = httpsRequest({ host: '127.0.0.1', port, path, ...other, agent: false });
      request.end();
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      const body = Buffer.concat(await response.toArray()).toString();
      return { code: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', body };
    },
    async webSocket(path, protocol) {
      const ws = new WebSocket(url(path), protocol === undefined ? [] : [protocol], { ...tls });
      t.after(() => ws.terminate());
      return ws;
    },
    async refusedWebSocket(path, protocol) {
      const ws = new WebSocket(url(path), [protocol], { ...tls });
      ws.on('error', () => undefined);
      const [, response] = (await once(ws, 'unexpected-response')) as [unknown, IncomingMessage];
      return { code: response.statusCode ?? 0, body: Buffer.concat(await response.toArray()).toString() };
    },
    async spdy(path, protocols) {
      const socket = connect({ host: '127.0.0.1', port, ...tls });
      socket.on('error', () => undefined);
      t.after(() => socket.destroy());
      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: node\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${protocols}\r\n\r\n`,
      );
      let answer = '';
      while (!answer.includes('\r\n\r\n')) {
        const [chunk] = (await once(socket, 'data')) as [Buffer];
        answer += chunk.toString('latin1');
      }
      socket.pause();
      const end = answer.indexOf('\r\n\r\n') + 4;
      if (answer.length > end) socket.unshift(Buffer.from(answer.slice(end), 'latin1'));
      return { status: answer.split('\r\n')[0]!, headers: answer.slice(0, end), socket };
    },
  };
}
