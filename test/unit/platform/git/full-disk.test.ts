import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import type { RunningCommand } from '../../../../lib/platform/client/pod-exec.ts';
import { Advertisements } from '../../../../lib/platform/git/advertisements.ts';
import type { GitContext } from '../../../../lib/platform/git/git-context.ts';
import type { Repository } from '../../../../lib/platform/git/repository.ts';
import { RepositoryHeads } from '../../../../lib/platform/git/repository-heads.ts';
import { RepositorySizes } from '../../../../lib/platform/git/repository-sizes.ts';
import { advertise, receivePack, uploadPack } from '../../../../lib/platform/git/smart-http.ts';

/** What the platform's git says in turn of the disk, and what it goes on saying. */
let full: (string | undefined)[] = [undefined];
let folder: string;
let url: string;

/** Nothing of this machine's configuration, and nobody to ask. */
const ENV = { PATH: process.env['PATH'], HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' };
const WHO = ['-c', 'user.name=ann', '-c', 'user.email=ann@shop.example'];

const start = (args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}) =>
  spawn('git', args, { cwd, env: { ...ENV, ...env }, stdio: 'pipe' });

/** git in a repository here instead of in a pod. */
function run(args: readonly string[], { env }: { env?: Readonly<Record<string, string>> } = {}): RunningCommand {
  const child = start(args, join(folder, 'shop.git'), env);
  const exit = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)));
  return { stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, exit };
}

async function git(...args: string[]): Promise<{ code: number; said: string }> {
  const child = start([...WHO, ...args], folder);
  child.stdin.end();
  const code = new Promise<number>((resolve) => child.once('close', (ended) => resolve(ended ?? -1)));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, said: out + err };
}

async function succeeds(...args: string[]): Promise<string> {
  const { code, said } = await git(...args);
  assert.equal(code, 0, said);
  return said;
}

const server = createServer((request, response) => {
  const context = {
    advertisements: new Advertisements(),
    sizes: new RepositorySizes(),
    heads: new RepositoryHeads(),
    fullDisk: () => Promise.resolve(full.length > 1 ? full.shift() : full[0]),
  } as unknown as GitContext;
  const repository = { config: { metadata: { uid: 'u' }, spec: {} }, run } as unknown as Repository;
  const exchange = { request, response, gone: new AbortController().signal };
  const { pathname, searchParams } = new URL(request.url!, 'http://git');
  const service = searchParams.get('service') === 'git-receive-pack' ? 'git-receive-pack' : 'git-upload-pack';
  if (pathname.endsWith('/info/refs')) void advertise(context, repository, service, exchange);
  else if (pathname.endsWith('/git-upload-pack')) void uploadPack(repository, exchange);
  else void receivePack(context, repository, exchange, () => undefined);
});

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'full-disk-'));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/git/p/shop.git`;
  await succeeds('init', '--quiet', '--bare', 'shop.git');
  await succeeds('init', '--quiet', '--initial-branch=main', 'work');
  await succeeds('-C', 'work', 'commit', '--quiet', '--allow-empty', '--message=one');
});
after(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => void server.close(resolve));
  await rm(folder, { recursive: true });
});

const REFUSED = /the disk of node n1 is almost full: nothing can be pushed until there is room, fetching goes on/;
const push = (): Promise<{ code: number; said: string }> => git('-C', 'work', 'push', url, 'main');
const refs = (): Promise<string> => succeeds('ls-remote', url);

test('with a full disk a push is refused before anything is sent, and says so; fetching goes on; with room it is taken', async () => {
  full = ['n1'];
  const refused = await push();
  assert.notEqual(refused.code, 0);
  assert.match(refused.said, /^fatal: remote error: /m);
  assert.match(refused.said, REFUSED);
  assert.equal(await refs(), '');
  full = [undefined];
  const taken = await push();
  assert.equal(taken.code, 0, taken.said);
  full = ['n1'];
  assert.match(await refs(), /refs\/heads\/main/);
  await succeeds('clone', '--quiet', url, 'copy');
});

test('a disk that fills up after the push has begun takes none of it', async () => {
  full = [undefined];
  const before = await refs();
  await succeeds('-C', 'work', 'commit', '--quiet', '--allow-empty', '--message=two');
  full = [undefined, 'n1'];
  const refused = await push();
  assert.notEqual(refused.code, 0);
  assert.match(refused.said, REFUSED);
  full = [undefined];
  assert.equal(await refs(), before);
  const taken = await push();
  assert.equal(taken.code, 0, taken.said);
  assert.notEqual(await refs(), before);
});
