import assert from 'node:assert/strict';
import { request } from 'node:https';
import * as fc from 'fast-check';
import { createLog } from '../../../lib/common/log.ts';
import type { ResourceDefinition } from '../../../lib/platform/api/define-resource.ts';
import { resources } from '../../../lib/platform/api/registry.ts';
import { decodeProtobuf } from '../../../lib/platform/api/schema/protobuf.ts';
import { PROTOBUF } from '../../../lib/platform/apiserver/http/negotiation.ts';
import { createMemoryBackend } from '../../../lib/platform/storage/memory/memory-backend.ts';
import { type ApiUnderTest, startApi } from '../../unit/platform/apiserver/api-under-test.ts';
import { patient } from '../patience.ts';
import type { Draw } from './random-object.ts';
import { randomRequest, type RandomRequest } from './random-request.ts';

/** Codes from 500 on that a request may get: what is not done here, and a node that is not reached. */
const EXPECTED = new Set([501, 503, 504]);
/** So Kubernetes says it, with a 500. */
const UNREACHED = '"message":"error dialing backend: ';
/** What the server writes by itself, whatever was asked. */
const OWN_WRITES = /\/(resourcequotas|events)\//;
/** They answer in plain text. */
const PROBES = /^\/(healthz|livez|readyz)/;
/** A server that keeps what it was sent would grow by more, in bytes. */
const MOST_GROWTH = 400 << 20;

/** A request that is not answered by then never is, in ms. */
const SILENCE = patient(20_000);

export interface FuzzResult {
  readonly requests: number;
  /** How many got each code. */
  readonly codes: ReadonlyMap<number, number>;
  readonly seed: number;
}

/**
 * Sends random requests to a real API server, one after the other over TLS, and fails for an answer that is no answer: an unexpected
 * code from 500 on, a Status without words, a store that a refused request has changed, a server that is gone or has grown.
 * `runs` or `ms` end it, whatever comes first.
 */
export async function fuzzApi(options: { runs: number; ms: number; seed?: number }): Promise<FuzzResult> {
  const complaints: string[] = [];
  const log = createLog({ name: 'api', level: 'error', write: (line) => void complaints.push(line) });
  const backend = createMemoryBackend();
  await using t = await startApi({ backend, log });
  await prepare(t);
  const definitions = resources.filter(({ virtual }) => virtual === undefined);
  const codes = new Map<number, number>();
  let requests = 0;
  const began = process.memoryUsage.rss();
  const seed = options.seed ?? Date.now() & 0x7fffffff;
  await fc.assert(
    fc.asyncProperty(fc.infiniteStream(fc.nat({ max: 0xffff_ffff })), async (numbers) => {
      const draw: Draw = (below) => (numbers.next().value as number) % below;
      const sent = randomRequest(draw, definitions as readonly ResourceDefinition[]);
      const before = await contents(t);
      const { code, text } = await send(t, sent).catch((error: unknown) => {
        throw new Error(`${String(error)}: ${describe(sent)}`);
      });
      requests++;
      codes.set(code, (codes.get(code) ?? 0) + 1);
      const told = (): string => `${describe(sent)}\n${code} ${text.slice(0, 2000)}\n${complaints.at(-1) ?? ''}`;
      assert.ok(code < 500 || EXPECTED.has(code) || text.includes(UNREACHED), told());
      if (code >= 400 && sent.method !== 'HEAD') {
        assert.ok(isStatus(text, code) || PROBES.test(sent.path), told());
        assert.deepEqual(await changes(t, before), [], told());
      }
    }),
    { numRuns: options.runs, seed, interruptAfterTimeLimit: options.ms, endOnFailure: true },
  );
  assert.equal((await t.call('GET', '/readyz')).code, 200);
  assert.equal(Object.keys(Object.prototype).length, 0);
  const grown = process.memoryUsage.rss() - began;
  assert.ok(grown < MOST_GROWTH, `${requests} requests made the process grow by ${grown >> 20} MiB`);
  return { requests, codes, seed };
}

/** Something to meet in every kind's place, and a node that nobody reaches. */
async function prepare(t: ApiUnderTest): Promise<void> {
  const post = (path: string, body: object): Promise<unknown> => t.call('POST', path, { body });
  await post('/api/v1/namespaces', { metadata: { name: 'default' } });
  await post('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
  await post('/api/v1/nodes', { metadata: { name: 'n1' } });
  await t.call('PATCH', '/api/v1/nodes/n1/status', {
    body: {
      status: { addresses: [{ type: 'InternalIP', address: '127.0.0.1' }], daemonEndpoints: { kubeletEndpoint: { Port: 1 } } },
    },
  });
  const spec = { nodeName: 'n1', containers: [{ name: 'c', image: 'i' }] };
  await post('/api/v1/namespaces/default/pods', { metadata: { name: 'target' }, spec });
  await post('/api/v1/namespaces/default/configmaps', { metadata: { name: 'target' }, data: { a: 'b' } });
  await post('/api/v1/namespaces/default/services', { metadata: { name: 'target' }, spec: { ports: [{ port: 80 }] } });
}

function isStatus(text: string, code: number): boolean {
  try {
    const status = JSON.parse(text) as { kind?: string; message?: string; code?: number };
    return status.kind === 'Status' && status.code === code && (status.message ?? '') !== '';
  } catch {
    return false;
  }
}

interface Contents {
  readonly revision: number;
  readonly items: ReadonlyMap<string, number>;
}

async function contents(t: ApiUnderTest): Promise<Contents> {
  const { items, revision } = await t.backend.list('/');
  return { revision, items: new Map(items.map((item) => [item.key, item.revision])) };
}

/** Keys whose values are other ones than before. */
async function changes(t: ApiUnderTest, before: Contents): Promise<string[]> {
  if ((await t.backend.currentRevision()) === before.revision) return [];
  const { items } = await contents(t);
  const keys = new Set([...before.items.keys(), ...items.keys()]);
  return [...keys].filter((key) => before.items.get(key) !== items.get(key) && !OWN_WRITES.test(key));
}

async function send(t: ApiUnderTest, { method, path, headers, body }: RandomRequest): Promise<{ code: number; text: string }> {
  const agent = await t.agent('admin');
  return new Promise((resolve, reject) => {
    const length: Record<string, string> = body === undefined ? {} : { 'content-length': String(body.length) };
    const outgoing = request(
      { agent, host: '127.0.0.1', port: t.port, method, path, headers: { ...headers, ...length } },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.once('error', reject);
        response.once('end', () => {
          const isProtobuf = response.headers['content-type'] === PROTOBUF && method !== 'HEAD';
          const bytes = Buffer.concat(parts);
          resolve({
            code: response.statusCode!,
            text: isProtobuf ? JSON.stringify(decodeProtobuf(bytes)) : bytes.toString('utf8'),
          });
        });
      },
    );
    outgoing.once('error', reject);
    outgoing.setTimeout(SILENCE, () => outgoing.destroy(new Error('no answer')));
    // Nobody upgrades to a node that is not there.
    outgoing.once('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ code: response.statusCode!, text: '' });
    });
    outgoing.end(body);
  });
}

const describe = ({ method, path, headers, body }: RandomRequest): string =>
  `${method} ${path}\n${JSON.stringify(headers)}\n${body?.toString('latin1').slice(0, 5000) ?? ''}`;
