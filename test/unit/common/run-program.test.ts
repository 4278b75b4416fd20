import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { packageRoot } from '../../../lib/common/assets.ts';

const program = `'${process.execPath}' --disable-warning=ExperimentalWarning bin/openshift.ts app list --kubeconfig /nowhere/config`;
const run = (file: string, ...args: string[]) => spawnSync(file, args, { encoding: 'utf8', cwd: packageRoot() });

test('what went wrong is told in lines that break between words at a terminal, and as it is elsewhere', () => {
  const elsewhere = run('sh', '-c', program);
  assert.equal(elsewhere.status, 2);
  const [what = '', wayOut = '', ...more] = elsewhere.stderr.split('\n');
  assert.match(what, /^openshift: no kubeconfig: there is none at \/nowhere\/config$/);
  assert.ok(wayOut.startsWith('  name one with') && wayOut.length > 60, wayOut);
  assert.deepEqual(more, ['']);

  // One that nobody has given a size.
  const sizeless = run('script', '-qec', program, '/dev/null').stdout.replaceAll('\r', '');
  assert.equal(sizeless, elsewhere.stderr);

  const { stdout, status } = run('script', '-qec', `stty cols 40; ${program}`, '/dev/null');
  assert.equal(status, 2);
  const lines = stdout.replaceAll('\r', '').trimEnd().split('\n');
  assert.ok(lines.length > 3 && lines.every((line) => line.length <= 40), stdout);
  assert.equal(lines.map((line) => line.trim()).join(' '), `${what} ${wayOut.trim()}`);
});
