import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { motoMissing, startMoto } from '../support/aws/moto.ts';
import { copyCheckout } from '../support/checkout-on-host.ts';
import { eventually } from '../support/eventually.ts';
import { runCommand } from '../support/run-command.ts';

/** A checkout as its first run leaves it, without what labs on AWS need, and npm's real registry. */
let folder: string;
let checkout: string;
let lockText: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oo-aws-packages-'));
  checkout = join(folder, 'oo install');
  await runCommand(['mkdir', checkout]);
  await copyCheckout(checkout);
  lockText = await readFile(join(checkout, 'package-lock.json'), 'utf8');
});
after(() => rm(folder, { recursive: true }));

const env = {
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_REGION: 'eu-central-1',
  AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
  AWS_ACCESS_KEY_ID: undefined,
  AWS_SECRET_ACCESS_KEY: undefined,
  AWS_PROFILE: undefined,
};
const planned = ['lab', 'plan', '--provider', 'aws', '--attendees', '1', '--json'];
const plan = (more: Readonly<Record<string, string>> = {}) =>
  runCommand([join(checkout, 'bin', 'oo-install'), ...planned], {
    cwd: folder,
    env: { ...env, XDG_STATE_HOME: join(folder, 'state'), ...more },
    anyCode: true,
    timeout: 240_000,
  });
/** What the last line says went wrong. */
const failureOf = ({ stdout }: { readonly stdout: string }) =>
  JSON.parse(stdout.trim().split('\n').at(-1)!) as { code: string; message: string; hint: string; exitCode: number };
const modules = (): string[] => readdirSync(join(checkout, 'node_modules')).filter((name) => !name.startsWith('.'));

test('without a registry: told with the way out, nothing is changed, and what needs no AWS works', async () => {
  const before = modules();
  const offline = {
    npm_config_registry: 'http://127.0.0.1:9/',
    npm_config_fetch_retries: '0',
    npm_config_cache: join(folder, 'cache'),
  };
  const result = await plan(offline);
  assert.equal(result.code, 4, result.stdout + result.stderr);
  const { code, message, hint } = failureOf(result);
  assert.equal(code, 'LAB_AWS_PACKAGES_MISSING');
  assert.match(message, /ECONNREFUSED/);
  assert.match(hint, /npm has to reach its registry/);
  assert.deepEqual(modules(), before);
  const version = await runCommand([join(checkout, 'bin', 'oo-install'), 'version']);
  assert.match(version.stdout, /\d+\.\d+\.\d+/);
});

test('a package that is another one than the lock file says is refused, and nothing is changed', async () => {
  const before = modules();
  const lock = JSON.parse(lockText) as { packages: Record<string, { integrity?: string }> };
  lock.packages['node_modules/constructs']!.integrity = `sha512-${'A'.repeat(86)}==`;
  await writeFile(join(checkout, 'package-lock.json'), JSON.stringify(lock));
  try {
    const { code, message } = failureOf(await plan());
    assert.equal(code, 'LAB_AWS_PACKAGES_MISSING');
    assert.match(message, /EINTEGRITY/);
    assert.deepEqual(modules(), before);
  } finally {
    await writeFile(join(checkout, 'package-lock.json'), lockText);
  }
});

test('killed midway, the same command fetches what is missing, then goes on to AWS', async () => {
  const child = spawn(join(checkout, 'bin', 'oo-install'), planned, {
    cwd: folder,
    env: { ...process.env, ...env, XDG_STATE_HOME: join(folder, 'state') },
    stdio: 'ignore',
    detached: true,
  });
  const mark = join(checkout, 'node_modules', '.oo-aws-unfinished');
  await eventually(() => existsSync(mark), { timeout: 120_000, what: 'packages that are moved in' });
  process.kill(-child.pid!, 'SIGKILL');
  await once(child, 'exit');
  const result = await plan();
  assert.equal(result.code, 4, result.stdout + result.stderr);
  assert.equal(failureOf(result).code, 'AWS_NO_CREDENTIALS');
  assert.ok(!existsSync(mark));
});

test('each package is the one of the lock file', () => {
  const { packages } = JSON.parse(lockText) as {
    packages: Record<string, { peer?: boolean; dev?: boolean; inBundle?: boolean; version: string }>;
  };
  // What npm takes for a part of another package has no version of its own.
  const isWanted = ({ peer, dev, inBundle }: (typeof packages)[string]) => peer === true && dev !== true && inBundle !== true;
  const wanted = Object.entries(packages).filter(([, entry]) => isWanted(entry));
  assert.ok(wanted.length > 100, `${wanted.length} packages`);
  const versionOf = (path: string) =>
    (JSON.parse(readFileSync(join(checkout, path, 'package.json'), 'utf8')) as { version: string }).version;
  assert.deepEqual(
    wanted.filter(([path, { version }]) => versionOf(path) !== version).map(([path]) => path),
    [],
  );
});

test('they are fetched once: the next run asks no registry', async () => {
  const { code } = failureOf(await plan({ npm_config_registry: 'http://127.0.0.1:9/' }));
  assert.equal(code, 'AWS_NO_CREDENTIALS');
});

test('a lab can be planned with what was fetched', { skip: motoMissing }, async () => {
  await using moto = await startMoto();
  const lab = { name: 'demo', provider: 'aws', attendees: 2, access: { ssh: [], api: [], apps: [] } };
  await writeFile(join(folder, 'lab.yaml'), JSON.stringify(lab));
  const command = [join(checkout, 'bin', 'oo-install'), 'lab', 'plan', '--json'];
  const { code, stdout, stderr } = await runCommand(command, {
    cwd: folder,
    env: { ...moto.env, XDG_STATE_HOME: join(folder, 'state') },
    anyCode: true,
  });
  assert.equal(code, 0, stdout + stderr);
  const { resources } = JSON.parse(stdout.trim().split('\n').at(-1)!) as { resources: { what: string; count: number }[] };
  assert.equal(resources.find(({ what }) => what === 'EC2 Instance')?.count, 2);
});
