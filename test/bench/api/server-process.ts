/**
 * The measured side, in a process of its own: `api memory`, `api sqlite` (with the store's thread and fsync), `floor`, or
 * `kube`. Tells its port, and on request how late its event loop ran.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensurePlatformCertificates } from '../../../lib/platform/pki/platform-certificates.ts';
import { createMemoryBackend } from '../../../lib/platform/storage/memory/memory-backend.ts';
import { openSqliteBackend } from '../../../lib/platform/storage/sqlite/sqlite-backend.ts';
import { quantile } from '../harness.ts';
import { type Answers, startFloor } from './floor-server.ts';
import { startKubeApiserver } from './kube-apiserver.ts';
import { startApi } from './platform-server.ts';

/** What the parent sends. `measure`: from now on, look how late the event loop runs; `report`: tell it. */
export type Command =
  { readonly kind: 'answers'; readonly answers: Answers } | { readonly kind: 'measure' } | { readonly kind: 'report' };

const TICK = 2;
const [mode = 'floor', store = 'memory'] = process.argv.slice(2);
const dir = mkdtempSync(join(tmpdir(), 'oo-bench-'));
const certificates = await ensurePlatformCertificates(dir, { nodeName: 'n1', addresses: ['127.0.0.1'], dnsNames: [] });
const admin = await certificates.authority.issue({
  commonName: 'system:admin',
  organizations: ['system:masters'],
  usages: ['client'],
});

let answers: Answers = {};
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
  else process.send!({ p99: quantile(late, 0.99) });
});
process.on('disconnect', () => {
  rmSync(dir, { recursive: true, force: true });
  // oxlint-disable-next-line unicorn/no-process-exit -- the parent is gone; nothing here is worth an orderly end
  process.exit();
});

const port = await start();
process.send!({ port, caPem: certificates.caPem, ...admin });

async function start(): Promise<number> {
  if (mode === 'floor') return startFloor(certificates, () => answers);
  if (mode === 'kube') return startKubeApiserver(certificates, dir);
  const backend = store === 'sqlite' ? await openSqliteBackend({ path: join(dir, 'store.db') }) : createMemoryBackend();
  return (await (await startApi(backend, certificates)).listen()).port;
}
