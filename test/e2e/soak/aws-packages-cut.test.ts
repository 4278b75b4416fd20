import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { failureOf, makeBareCheckout } from '../../support/aws/bare-checkout.ts';
import { eventually } from '../../support/eventually.ts';

/** Fetching what labs on AWS need from npm's real registry, with what may befall it. */
const checkout = await makeBareCheckout();
after(() => checkout[Symbol.asyncDispose]());

test('a package that is another one than the lock file says is refused, and nothing is changed', async () => {
  const before = checkout.modules();
  const file = join(checkout.root, 'package-lock.json');
  const text = await readFile(file, 'utf8');
  const lock = JSON.parse(text) as { packages: Record<string, { integrity?: string }> };
  lock.packages['node_modules/constructs']!.integrity = `sha512-${'A'.repeat(86)}==`;
  await writeFile(file, JSON.stringify(lock));
  try {
    const { code, message } = failureOf(await checkout.runPlan());
    assert.equal(code, 'LAB_AWS_PACKAGES_MISSING');
    assert.match(message, /EINTEGRITY/);
    assert.deepEqual(checkout.modules(), before);
  } finally {
    await writeFile(file, text);
  }
});

test('killed while packages are moved in, the same command fetches what is missing, then goes on to AWS', async () => {
  const [program = '', ...args] = checkout.plan;
  const env = { ...process.env, ...checkout.env };
  const child = spawn(program, args, { cwd: checkout.folder, env, stdio: 'ignore', detached: true });
  const mark = join(checkout.root, 'node_modules', '.oo-aws-unfinished');
  await eventually(() => existsSync(mark), { timeout: 280_000, what: 'packages that are moved in' });
  process.kill(-child.pid!, 'SIGKILL');
  await once(child, 'exit');
  const result = await checkout.runPlan();
  assert.equal(result.code, 4, result.stdout + result.stderr);
  assert.equal(failureOf(result).code, 'AWS_NO_CREDENTIALS');
  assert.ok(!existsSync(mark));
});
