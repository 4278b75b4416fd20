import { once } from 'node:events';
import { createServer } from 'node:https';
import { WebSocketServer } from 'ws';
import type { ApiUnderTest } from './api-under-test.ts';

/** A node that has what was given to containers' inputs, and logs that tests wrote. */
export interface BuildNode extends AsyncDisposable {
  /** By `POD/CONTAINER`. */
  readonly inputs: Map<string, Buffer>;
  readonly logs: Map<string, string>;
  /** Called when an input has been closed, before the session ends. */
  onInput: (container: string) => Promise<void>;
}

/** Listens like a kubelet, and is told to the API as the node `n1`. */
export async function startBuildNode(t: ApiUnderTest): Promise<BuildNode> {
  const { certificates } = t;
  const node: Omit<BuildNode, keyof AsyncDisposable> = { inputs: new Map(), logs: new Map(), onInput: async () => undefined };
  const server = createServer({
    ca: certificates.caPem,
    cert: certificates.kubelet.certPem,
    key: certificates.kubelet.keyPem,
    requestCert: true,
    rejectUnauthorized: true,
  });
  const containerOf = (url: string): string => new URL(url, 'https://n1').pathname.split('/').slice(3).join('/');
  server.on('request', (incoming, response) => {
    const text = node.logs.get(containerOf(incoming.url!));
    const tail = new URL(incoming.url!, 'https://n1').searchParams.get('tailLines');
    if (text === undefined) return void response.writeHead(400).end('no such log');
    const lines = text.split('\n').slice(0, -1);
    response.writeHead(200).end((tail === null ? lines : lines.slice(-Number(tail))).map((line) => `${line}\n`).join(''));
  });
  const sockets = new WebSocketServer({ server, handleProtocols: (offered) => [...offered][0] ?? false });
  sockets.on('connection', (socket, incoming) => {
    const container = containerOf(incoming.url!);
    const parts: Buffer[] = [];
    socket.on('message', (data: Buffer) => {
      if (data[0] === 0) return void parts.push(data.subarray(1));
      node.inputs.set(container, Buffer.concat(parts));
      void node.onInput(container).then(() => socket.close(1000));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const status = {
    addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
  };
  await t.call('POST', '/api/v1/nodes', { body: { metadata: { name: 'n1' }, status } });
  await t.call('PUT', '/api/v1/nodes/n1/status', { body: { metadata: { name: 'n1' }, status } });
  return Object.assign(node, {
    async [Symbol.asyncDispose]() {
      sockets.close();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
}
