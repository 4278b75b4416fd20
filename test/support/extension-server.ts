import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { ensureAuthority } from '../../lib/platform/pki/authority.ts';

/** An address of this machine that the API server connects to: not loopback, where nobody's extension servers are. */
export const ownAddress = (): string => {
  const found = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .find(({ internal, address }) => !internal && isIPv4(address));
  if (found === undefined) throw new Error('this machine has no address beside loopback');
  return found.address;
};

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headersDistinct'];
  /** Common name of the client's certificate, when it is of the front proxy's authority. */
  readonly proxy: string | undefined;
  readonly body: string;
}

/** A small API server of one group version, `widgets`, over TLS: what an APIService may name. */
export interface ExtensionServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** As an APIService has it. */
  readonly caBundle: string;
  readonly seen: SeenRequest[];
  /** What it does instead of answering well; false: it answers well. */
  misbehave: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  /** Sends an event to everybody who watches. */
  emit(type: string, name: string): void;
  readonly watchers: () => number;
  /** Closes every connection that nobody uses, as servers do after a while. */
  dropIdle(): void;
}

export interface ExtensionOptions {
  readonly group: string;
  readonly version: string;
  /** The service that leads to it: its certificate's name. */
  readonly service: string;
  readonly namespace: string;
  /** Whose front proxies it believes. */
  readonly proxyCaPem: string;
  /** Whether it changes the protocol when it is asked to. @default true */
  readonly upgrades?: boolean;
}

export async function startExtensionServer(options: ExtensionOptions): Promise<ExtensionServer> {
  const folder = await mkdtemp(join(tmpdir(), 'extension-'));
  const authority = await ensureAuthority(folder);
  const pair = await authority.issue({
    commonName: options.service,
    dnsNames: [`${options.service}.${options.namespace}.svc`],
    usages: ['server'],
  });
  const watching = new Set<ServerResponse>();
  const host = ownAddress();
  const server = createServer(
    {
      cert: pair.certPem,
      key: pair.keyPem,
      ca: options.proxyCaPem,
      requestCert: true,
      rejectUnauthorized: false,
      shouldUpgradeCallback: () => options.upgrades !== false,
    },
    (request, response) => void answer(request, response),
  );
  server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
    note(request, '');
    socket.on('error', () => socket.destroy());
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nwelcome\n');
    socket.pipe(socket);
  });
  const self: ExtensionServer = {
    host,
    port: 0,
    caBundle: Buffer.from(authority.caPem).toString('base64'),
    seen: [],
    misbehave: undefined,
    emit(type, name) {
      for (const response of watching) response.write(`${JSON.stringify({ type, object: widget(options, name) })}\n`);
    },
    watchers: () => watching.size,
    dropIdle: () => server.closeIdleConnections(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };

  function note(request: IncomingMessage, body: string): void {
    const socket = request.socket as TLSSocket;
    const proxy = socket.authorized ? (socket.getPeerCertificate().subject.CN as string) : undefined;
    self.seen.push({ method: request.method!, url: request.url!, headers: request.headersDistinct, proxy, body });
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined);
    if (self.misbehave?.(request, response) === true) return;
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts).toString('utf8');
    note(request, body);
    const { pathname, searchParams } = new URL(request.url!, 'https://x');
    const json = (code: number, value: object): void => {
      response.writeHead(code, { 'content-type': 'application/json' });
      response.end(JSON.stringify(value));
    };
    if (searchParams.get('watch') !== null && searchParams.get('watch') !== 'false') {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.flushHeaders();
      watching.add(response);
      response.once('close', () => watching.delete(response));
      return;
    }
    const document = documents(options)[pathname];
    if (document !== undefined) return json(200, document);
    const name = /\/widgets\/([^/]+)$/.exec(pathname)?.[1];
    if (name === 'none') return json(404, notFound(options, name));
    if (request.method === 'POST') return json(201, JSON.parse(body) as object);
    if (name !== undefined) return json(200, widget(options, name));
    const items = ['blue', 'red'].map((each) => widget(options, each));
    json(200, {
      kind: 'WidgetList',
      apiVersion: `${options.group}/${options.version}`,
      metadata: { resourceVersion: '1' },
      items,
    });
  }

  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return Object.assign(self, { port: (server.address() as AddressInfo).port });
}

const widget = ({ group, version }: ExtensionOptions, name: string): object => ({
  kind: 'Widget',
  apiVersion: `${group}/${version}`,
  metadata: { name, namespace: 'default', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { colour: name },
});

const notFound = ({ group }: ExtensionOptions, name: string): object => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  reason: 'NotFound',
  message: `widgets.${group} "${name}" not found`,
  details: { name, group, kind: 'widgets' },
  code: 404,
});

function documents({ group, version }: ExtensionOptions): Record<string, object> {
  const gvk = [{ group, version, kind: 'Widget' }];
  const described = {
    description: 'Widget is a thing of a test.',
    type: 'object',
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec: {
        type: 'object',
        description: 'What it is.',
        properties: { colour: { type: 'string', description: 'Its colour.' } },
      },
    },
    'x-kubernetes-group-version-kind': gvk,
  };
  const path = `/apis/${group}/${version}/namespaces/{namespace}/widgets/{name}`;
  const operation = {
    operationId: 'readWidget',
    'x-kubernetes-action': 'get',
    'x-kubernetes-group-version-kind': gvk[0],
  };
  return {
    [`/apis/${group}/${version}`]: {
      kind: 'APIResourceList',
      apiVersion: 'v1',
      groupVersion: `${group}/${version}`,
      resources: [
        {
          name: 'widgets',
          singularName: 'widget',
          namespaced: true,
          kind: 'Widget',
          verbs: ['get', 'list', 'watch', 'create'],
          shortNames: ['wd'],
        },
        { name: 'widgets/status', singularName: '', namespaced: true, kind: 'Widget', verbs: ['get'] },
      ],
    },
    '/openapi/v3': {
      paths: { [`apis/${group}/${version}`]: { serverRelativeURL: `/openapi/v3/apis/${group}/${version}?hash=ABC` } },
    },
    [`/openapi/v3/apis/${group}/${version}`]: {
      openapi: '3.0.0',
      info: { title: 'widgets', version: 'v0' },
      paths: {
        [path]: {
          get: {
            ...operation,
            responses: {
              200: { description: 'OK', content: { 'application/json': { schema: { $ref: '#/components/schemas/w.Widget' } } } },
            },
          },
        },
      },
      components: { schemas: { 'w.Widget': described } },
    },
    '/openapi/v2': {
      swagger: '2.0',
      info: { title: 'widgets', version: 'v0' },
      paths: {
        [path]: { get: { ...operation, responses: { 200: { description: 'OK', schema: { $ref: '#/definitions/w.Widget' } } } } },
        '/apis/other.example.com/v1/things': { get: { operationId: 'notMine', responses: {} } },
      },
      definitions: { 'w.Widget': described, 'io.k8s.api.core.v1.Pod': { type: 'object', description: 'a lie' } },
    },
  };
}
