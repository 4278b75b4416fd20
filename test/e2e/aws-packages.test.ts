import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { failureOf, makeBareCheckout } from '../support/aws/bare-checkout.ts';
import { motoMissing, startMoto } from '../support/aws/moto.ts';
import { patient } from '../support/patience.ts';
import { runCommand } from '../support/run-command.ts';

/** The first lab on AWS of a checkout, and npm's real registry. */
const checkout = await makeBareCheckout();
after(() => checkout[Symbol.asyncDispose]());

const lock = JSON.parse(readFileSync(join(checkout.root, 'package-lock.json'), 'utf8')) as {
  readonly packages: Readonly<
    Record<string, { readonly peer?: boolean; readonly dev?: boolean; readonly inBundle?: boolean; readonly version: string }>
  >;
};

test('without a registry: told with the way out, nothing is changed, and what needs no AWS works', async () => {
  const before = checkout.modules();
  const result = await checkout.runPlan({
    npm_config_registry: 'http://127.0.0.1:9/',
    npm_config_fetch_retries: '0',
    npm_config_cache: join(checkout.folder, 'cache'),
  });
  assert.equal(result.code, 4, result.stdout + result.stderr);
  const { code, message, hint } = failureOf(result);
  assert.equal(code, 'LAB_AWS_PACKAGES_MISSING');
  assert.match(message, /ECONNREFUSED/);
  assert.match(hint, /npm has to reach its registry/);
  assert.deepEqual(checkout.modules(), before);
  const version = await runCommand([join(checkout.root, 'bin', 'oo-install'), 'version']);
  assert.match(version.stdout, /\d+\.\d+\.\d+/);
});

test('with one: fetched, and the same command goes on to AWS', { timeout: patient(290_000) }, async () => {
  const result = await checkout.runPlan();
  assert.equal(result.code, 4, result.stdout + result.stderr);
  assert.equal(failureOf(result).code, 'AWS_NO_CREDENTIALS');
  assert.match(result.stdout, /is fetched into node_modules, once/);
});

test('each package is the one of the lock file', () => {
  // What npm takes for a part of another package has no version of its own.
  const wanted = Object.entries(lock.packages).filter(([, { peer, dev, inBundle }]) => peer && !dev && !inBundle);
  assert.ok(wanted.length > 100, `${wanted.length} packages`);
  const versionOf = (path: string) =>
    (JSON.parse(readFileSync(join(checkout.root, path, 'package.json'), 'utf8')) as { version: string }).version;
  assert.deepEqual(
    wanted.filter(([path, { version }]) => versionOf(path) !== version).map(([path]) => path),
    [],
  );
});

test('they are fetched once: the next run asks no registry', async () => {
  const result = await checkout.runPlan({ npm_config_registry: 'http://127.0.0.1:9/' });
  assert.equal(failureOf(result).code, 'AWS_NO_CREDENTIALS');
});

test('a lab can be planned with what was fetched', { skip: motoMissing }, async () => {
  await using moto = await startMoto();
  const lab = { name: 'demo', provider: 'aws', attendees: 2, access: { ssh: [], api: [], apps: [] } };
  await writeFile(join(checkout.folder, 'lab.yaml'), JSON.stringify(lab));
  const { code, stdout, stderr } = await runCommand([join(checkout.root, 'bin', 'oo-install'), 'lab', 'plan', '--json'], {
    cwd: checkout.folder,
    env: { ...checkout.env, ...moto.env },
    anyCode: true,
  });
  assert.equal(code, 0, stdout + stderr);
  const { resources } = JSON.parse(stdout.trim().split('\n').at(-1)!) as { resources: { what: string; count: number }[] };
  assert.equal(resources.find(({ what }) => what === 'EC2 Instance')?.count, 2);
});
