import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../../../lib/common/assets.ts';
import { bringAwsPackages } from '../../../../lib/installer/lab/aws-packages.ts';
import { eventually } from '../../../support/eventually.ts';

/** A checkout without the packages, with a launcher of the test's own. */
function checkout(launcher: string | undefined) {
  const root = mkdtempSync(join(tmpdir(), 'oo aws-packages '));
  const told: string[] = [];
  writeFileSync(join(root, 'package.json'), '{"peerDependencies": {"aws-cdk-lib": "1.0.0", "@aws-sdk/client-ec2": "1.0.0"}}');
  mkdirSync(join(root, 'node_modules'));
  if (launcher !== undefined) {
    mkdirSync(join(root, 'bin'));
    writeFileSync(join(root, 'bin', 'oo-install'), `cd '${root}'\necho "$*" >>calls\n${launcher}`);
  }
  return {
    root,
    told,
    bring: (signal = new AbortController().signal) =>
      bringAwsPackages({ report: ({ message }) => void told.push(message), signal }, root),
    calls: () => (existsSync(join(root, 'calls')) ? readFileSync(join(root, 'calls'), 'utf8') : ''),
    [Symbol.dispose]: () => rmSync(root, { recursive: true }),
  };
}
const brings = `for name in aws-cdk-lib @aws-sdk/client-ec2; do mkdir -p "node_modules/$name"; echo '{}' >"node_modules/$name/package.json"; done
rm -f node_modules/.oo-aws-unfinished
`;

test('what is missing is fetched by the launcher, which tells what it does; what is there is left', async () => {
  using it = checkout(`echo 'oo-install: installing npm' >&2; echo 'npm notice' >&2\n${brings}`);
  await it.bring();
  assert.equal(it.calls(), '--fetch-aws-packages\n');
  assert.match(it.told[0]!, /is fetched into node_modules, once/);
  assert.equal(it.told[1], 'installing npm');
  assert.equal(it.told.length, 3);
  await it.bring();
  assert.equal(it.calls(), '--fetch-aws-packages\n');
  assert.equal(it.told.length, 3);
});

test('a run that was cut off while packages were moved in is no whole one', async () => {
  using it = checkout(brings);
  await it.bring();
  writeFileSync(join(it.root, 'node_modules', '.oo-aws-unfinished'), '');
  await it.bring();
  assert.equal(it.calls(), '--fetch-aws-packages\n--fetch-aws-packages\n');
});

test('what the launcher says when it fails is told, with the way out; one that fetched nothing has failed too', async () => {
  using it = checkout("echo 'npm ERR! getaddrinfo ENOTFOUND registry' >&2; echo 'oo-install: npm ci failed' >&2; exit 1");
  await assert.rejects(it.bring(), (error: { code: string; message: string; hint: string }) => {
    assert.equal(error.code, 'LAB_AWS_PACKAGES_MISSING');
    assert.match(error.message, /ENOTFOUND registry\nnpm ci failed$/);
    assert.match(error.hint, /npm has to reach its registry/);
    return true;
  });
  using nothing = checkout('exit 0');
  await assert.rejects(nothing.bring(), { code: 'LAB_AWS_PACKAGES_MISSING' });
});

test('an interruption ends the launcher', async () => {
  using it = checkout("trap 'echo ended >>calls; exit 130' TERM\nsleep 60 >/dev/null 2>&1 & wait");
  const ending = new AbortController();
  const work = it.bring(ending.signal);
  await eventually(() => it.calls() !== '');
  ending.abort(new Error('interrupted'));
  await assert.rejects(work, /interrupted/);
  assert.match(it.calls(), /ended/);
});

test('a bundle has no launcher, and says what to do', async () => {
  using it = checkout(undefined);
  await assert.rejects(it.bring(), { code: 'LAB_AWS_NEEDS_CHECKOUT' });
});

interface LockEntry {
  readonly dev?: boolean;
  readonly peer?: boolean;
  readonly integrity?: string;
  readonly inBundle?: boolean;
}
const root = packageRoot();
const lock = (JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, LockEntry> })
  .packages;
const { peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  peerDependencies: Record<string, string>;
};

test('the group of npm is what labs on AWS are made with, in exact versions', () => {
  for (const [name, version] of Object.entries(peerDependencies)) {
    assert.match(version, /^\d+\.\d+\.\d+$/, name);
    assert.equal(lock[`node_modules/${name}`]?.peer, true, `${name} is left out by --omit=peer`);
  }
});

test('none of its packages is below one that everybody has: whole packages are moved in', () => {
  const isOfAws = (path: string) => lock[path]?.peer === true && lock[path].dev !== true;
  const nested = Object.keys(lock).filter((path) => isOfAws(path) && path.lastIndexOf('/node_modules/') > 0);
  const offences = nested.filter((path) => !isOfAws(path.slice(0, path.indexOf('/node_modules/', 1))));
  assert.deepEqual(offences, []);
});

test('each of its packages is held to a hash by the lock file', () => {
  // What a package brings inside of itself comes with that package's own hash.
  const without = Object.entries(lock).filter(
    ([, entry]) => entry.peer === true && entry.integrity === undefined && entry.inBundle !== true,
  );
  assert.deepEqual(without, []);
});
