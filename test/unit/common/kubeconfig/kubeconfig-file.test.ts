import assert from 'node:assert/strict';
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { backupOf, changeKubeconfig, defaultKubeconfig } from '../../../../lib/common/kubeconfig/kubeconfig-file.ts';
import { patient } from '../../../support/patience.ts';

function folder() {
  const dir = mkdtempSync(join(tmpdir(), 'oo-kube-'));
  return { dir, path: join(dir, 'config'), [Symbol.dispose]: () => rmSync(dir, { recursive: true }) };
}

test('where kubectl looks: the first of $KUBECONFIG, else the home', () => {
  assert.equal(defaultKubeconfig({ HOME: '/home/me' }), '/home/me/.kube/config');
  assert.equal(defaultKubeconfig({ HOME: '/home/me', KUBECONFIG: ':/a/b:/c' }), '/a/b');
  assert.equal(defaultKubeconfig({ HOME: '/home/me', KUBECONFIG: '' }), '/home/me/.kube/config');
});

test('a new file is for its owner alone; a changed one keeps what it was beside it', async () => {
  using place = folder();
  const path = join(place.dir, 'new', 'config');
  assert.equal(await changeKubeconfig(path, () => 'a: 1\n'), true);
  assert.deepEqual([statSync(path).mode & 0o777, existsSync(backupOf(path))], [0o600, false]);
  writeFileSync(path, 'a: 2\n', { mode: 0o644 });
  assert.equal(await changeKubeconfig(path, (text) => `${text}b: 1\n`), true);
  assert.equal(readFileSync(path, 'utf8'), 'a: 2\nb: 1\n');
  assert.equal(readFileSync(backupOf(path), 'utf8'), 'a: 2\n');
  assert.deepEqual(
    [path, backupOf(path)].map((file) => statSync(file).mode & 0o777),
    [0o600, 0o600],
  );
  assert.equal(await changeKubeconfig(path, (text) => text), false);
  assert.equal(readFileSync(backupOf(path), 'utf8'), 'a: 2\n', 'what did not change anything makes no backup');
});

test('writers at once lose nothing', async () => {
  using place = folder();
  await Promise.all(
    Array.from({ length: 20 }, (_, n) => changeKubeconfig(place.path, (text) => `${text}${n}\n`, { patience: patient(20_000) })),
  );
  const lines = readFileSync(place.path, 'utf8').trim().split('\n').map(Number);
  assert.deepEqual(
    lines.sort((a, b) => a - b),
    Array.from({ length: 20 }, (_, n) => n),
  );
  assert.deepEqual(readdirSync(place.dir).sort(), ['config', 'config.before-oo-install']);
});

test("kubectl's own lock is respected, and named when it stays", async () => {
  using place = folder();
  writeFileSync(`${place.path}.lock`, '');
  await assert.rejects(
    changeKubeconfig(place.path, () => 'x', { patience: 60 }),
    { code: 'KUBECONFIG_LOCKED', hint: new RegExp(`remove ${place.path}.lock`) },
  );
  assert.deepEqual(readdirSync(place.dir), ['config.lock'], 'the lock of another is not removed');
});

test('a symbolic link stays one, and a change that fails leaves the file and no lock', async () => {
  using place = folder();
  writeFileSync(join(place.dir, 'real'), 'a: 1\n');
  symlinkSync('real', place.path);
  await changeKubeconfig(place.path, () => 'a: 2\n');
  assert.equal(lstatSync(place.path).isSymbolicLink(), true);
  assert.equal(readFileSync(join(place.dir, 'real'), 'utf8'), 'a: 2\n');
  const fail = (): string => {
    throw new Error('no');
  };
  await assert.rejects(changeKubeconfig(place.path, fail), /no/);
  assert.equal(readFileSync(place.path, 'utf8'), 'a: 2\n');
  assert.equal(existsSync(`${place.path}.lock`), false);
});
