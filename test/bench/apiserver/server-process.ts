/**
 * The measured side, in a process of its own: `api memory`, `api sqlite` (with the store's thread and fsync), or `floor`, a plain
 * node:https server that sends the same bytes. Tells its port, and on request how late its event loop ran.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApiServer } from '../../../lib/platform/apiserver/api-server.ts';
import { ensurePlatformCertificates } from '../../../lib/platform/pki/platform-certificates.ts';
import { createMemoryBackend } from '../../../lib/platform/storage/memory/memory-backend.ts';
import { openSqliteBackend } from '../../../lib/platform/storage/sqlite/sqlite-backend.ts';
import { quantile } from '../harness.ts';

/** What the parent sends. `answers`: what the floor is to say, by method and whether the path names an object. */
export type Command =
  | { readonly kind: 'answers'; readonly answers: Readonly<Record<string, string>> }
  | { readonly kind: 'measure' }
  | { readonly kind: 'report' };

const TICK = 2;
const [mode = 'floor', store = 'memory'] = process.argv.slice(2);
const dir = mkdtempSync(join(tmpdir(), 'oo-bench-'));
const certificates = await ensurePlatformCertificates(dir, { nodeName: 'n1', addresses: ['127.0.0.1'], dnsNames: [] });
const admin = await certificates.authority.issue({
  commonName: 'system:admin',
  organizations: ['system:masters'],
  usages: ['client'],
});

let answers: Readonly<Record<string, string>> = {};
let late: number[] = [];
let last = performance.now();
setInterval(() => {
  const now = performance.now();
  late.push(Math.max(0, now - last - TICK));
  last = now;
}, TICK).unref();

process.on('message', (command: Command) => {
  if (command.kind === 'answers') answers = command.answers;
  else if (command.kind === 'measure') late = [];
  else process.send!({ p99: quantile(late, 0.99), rss: process.memoryUsage.rss() });
});
process.on('disconnect', () => {
  rmSync(dir, { recursive: true, force: true });
  // oxlint-disable-next-line unicorn/no-process-exit -- the parent is gone; nothing here is worth an orderly end
  process.exit();
});

const port = mode === 'api' ? await startApi() : await startFloor();
process.send!({ port, caPem: certificates.caPem, ...admin });

async function startApi(): Promise<number> {
  const backend = store === 'sqlite' ? await openSqliteBackend({ path: join(dir, 'store.db') }) : createMemoryBackend();
  const api = await createApiServer({
    backend,
    tls: { caPem: certificates.caPem, ...certificates.apiserver },
    saKeyPem: certificates.saKeyPem,
    saPubPem: certificates.saPubPem,
    kubeletClient: certificates.kubeletClient,
    listen: { host: '127.0.0.1', port: 0 },
    advertiseUrl: 'https://127.0.0.1:8443',
    ranges: { clusterIPs: '172.30.0.0/16', nodePorts: '30000-32767' },
  });
  return (await api.listen()).port;
}

function startFloor(): Promise<number> {
  const watchers = new Set<ServerResponse>();
  const server = createServer(
    { ca: certificates.caPem, cert: certificates.apiserver.certPem, key: certificates.apiserver.keyPem, requestCert: true },
    (request, response) => {
      request.resume();
      request.once('end', () => {
        if (request.url!.includes('watch=')) {
          response.writeHead(200, { 'content-type': 'application/json' });
          response.flushHeaders();
          watchers.add(response);
          response.once('close', () => watchers.delete(response));
          return;
        }
        const key = `${request.method} ${/configmaps\/./.test(request.url!) ? 'one' : 'all'}`;
        const body = Buffer.from(answers[key] ?? '{}');
        response.writeHead(request.method === 'POST' ? 201 : 200, {
          'content-type': 'application/json',
          'content-length': body.length,
        });
        response.end(body);
        if (request.method !== 'GET')
          for (const watcher of watchers) watcher.write(`{"type":"ADDED","object":${body.toString()}}\n`);
      });
    },
  );
  server.listen(0, '127.0.0.1');
  return new Promise((resolve) => {
    server.once('listening', () => resolve((server.address() as { port: number }).port));
  });
}
