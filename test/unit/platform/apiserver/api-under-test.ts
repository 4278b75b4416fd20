import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApiServerOptions } from '../../../../lib/platform/apiserver/api-server-options.ts';
import { type ApiServer, createApiServer } from '../../../../lib/platform/apiserver/api-server.ts';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import { ensurePlatformCertificates, type PlatformCertificates } from '../../../../lib/platform/pki/platform-certificates.ts';
import type { Backend } from '../../../../lib/platform/storage/backend.ts';
import { createMemoryBackend } from '../../../../lib/platform/storage/memory/memory-backend.ts';
import { loopbackApi } from '../../../support/loopback-api.ts';

export interface Reply {
  readonly code: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every kind
  readonly body: any;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** Whose certificate. `undefined` in `as`: nobody's. @default 'admin' */
  readonly as?: string | null;
}

/** An API server on a memory backend and a port of its own, with clients for it. Disposed of with `await using`. */
export interface ApiUnderTest extends AsyncDisposable {
  readonly api: ApiServer;
  readonly backend: Backend;
  readonly port: number;
  readonly certificates: PlatformCertificates;
  call(method: string, path: string, options?: CallOptions): Promise<Reply>;
  /** Opens a request and leaves its answer to be read. */
  open(method: string, path: string, options?: CallOptions): Promise<IncomingMessage>;
  /** A TLS agent with a client certificate; users are `NAME` or `NAME@GROUP`. */
  agent(user: string | null): Promise<Agent>;
}

type Options = Partial<ApiServerOptions>;

export async function startApi(given: Options | ((certificates: PlatformCertificates) => Options) = {}): Promise<ApiUnderTest> {
  const dir = mkdtempSync(join(tmpdir(), 'oo-api-'));
  const certificates = await ensurePlatformCertificates(dir, { nodeName: 'n1', addresses: ['127.0.0.1'], dnsNames: [] });
  const options = typeof given === 'function' ? given(certificates) : given;
  const backend = options.backend ?? createMemoryBackend();
  const api = await createApiServer({
    backend,
    ...loopbackApi(certificates),
    ...options,
  });
  const { port } = await api.listen().catch(async (error: unknown) => {
    await api.close();
    await backend.close();
    throw error;
  });
  const agents = new Map<string | null, Promise<Agent>>();

  const makeAgent = async (user: string | null): Promise<Agent> => {
    const base = { ca: certificates.caPem, keepAlive: true };
    if (user === null) return new Agent(base);
    const [commonName, group] = user === 'admin' ? ['system:admin', 'system:masters'] : user.split('@');
    const pair = await certificates.authority.issue({
      commonName: commonName!,
      ...(group === undefined ? {} : { organizations: [group] }),
      usages: ['client'],
    });
    return new Agent({ ...base, cert: pair.certPem, key: pair.keyPem });
  };
  const agent = (user: string | null): Promise<Agent> => {
    const made = agents.get(user) ?? makeAgent(user);
    agents.set(user, made);
    return made;
  };
  const open = async (method: string, path: string, call: CallOptions = {}): Promise<IncomingMessage> => {
    const from = await agent(call.as === undefined ? 'admin' : call.as);
    return new Promise((resolve, reject) => {
      const body = encode(call.body);
      const chunked = call.headers?.['transfer-encoding'] !== undefined;
      const type =
        body === undefined ? {} : { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' };
      const length = body === undefined || chunked ? {} : { 'content-length': Buffer.byteLength(body) };
      const outgoing = request(
        // The server that is meant is the one at the address, whatever a test puts into Host.
        { agent: from, host: '127.0.0.1', servername: '', port, method, path, headers: { ...type, ...length, ...call.headers } },
        resolve,
      );
      outgoing.once('error', reject);
      outgoing.end(body);
    });
  };
  return {
    api,
    backend,
    port,
    certificates,
    agent,
    open,
    async call(method, path, call) {
      const response = await open(method, path, call);
      const parts: Buffer[] = [];
      for await (const part of response) parts.push(part as Buffer);
      const text = Buffer.concat(parts).toString('utf8');
      return { code: response.statusCode!, headers: response.headers, text, body: parse(text) };
    },
    async [Symbol.asyncDispose]() {
      for (const each of agents.values()) (await each).destroy();
      await api.close();
      await backend.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

const encode = (body: unknown): string | Buffer | undefined =>
  body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The frames of a watch as they come. */
export async function* frames(response: IncomingMessage): AsyncGenerator<{ type: string; object: KubeObject }> {
  let rest = '';
  for await (const chunk of response) {
    const lines = (rest + (chunk as Buffer).toString('utf8')).split('\n');
    rest = lines.pop()!;
    for (const line of lines) yield JSON.parse(line) as { type: string; object: KubeObject };
  }
}

/** The next `count` frames. */
export async function take(
  response: AsyncGenerator<{ type: string; object: KubeObject }>,
  count: number,
): Promise<{ type: string; object: KubeObject }[]> {
  const out: { type: string; object: KubeObject }[] = [];
  while (out.length < count) {
    const { value, done } = await response.next();
    if (done === true) throw new Error(`the watch ended after ${out.length} of ${count} events`);
    out.push(value);
  }
  return out;
}

export const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
export const configMap = (name: string, data: Record<string, string> = {}, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  data,
});
export const pod = (name: string, spec: object = {}, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, ...metadata },
  spec: { containers: [{ name: 'c', image: 'example/app:1' }], ...spec },
});

/** Another server on the same backend, as after a restart: it knows what the store knows. Disposing of it leaves the backend. */
export const startOnSame = ({ backend }: ApiUnderTest): Promise<ApiUnderTest> =>
  startApi({ backend: { ...bound(backend), close: () => Promise.resolve() } });

/** The backend's methods as a plain object, so that one of them can be replaced. */
function bound(backend: Backend): Backend {
  return {
    currentRevision: () => backend.currentRevision(),
    get: (key) => backend.get(key),
    list: (prefix, options) => backend.list(prefix, options),
    create: (key, value) => backend.create(key, value),
    update: (key, value, expected) => backend.update(key, value, expected),
    delete: (key, expected) => backend.delete(key, expected),
    watch: (prefix, from, signal) => backend.watch(prefix, from, signal),
    compact: (revision) => backend.compact(revision),
    failure: () => backend.failure(),
    defragment: () => backend.defragment(),
    close: () => backend.close(),
  };
}
