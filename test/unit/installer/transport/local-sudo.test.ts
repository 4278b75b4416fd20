import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { authenticateLocally, localTransport } from '../../../../lib/installer/transport/local-transport.ts';
import { fakeSudoPath, type FakeSudoOptions } from '../../../support/fake-sudo.ts';

const password = 'p4ss "w\\ord';

/** This process is a user for whom sudo is like this, and no terminal is there. */
function asUser(t: TestContext, options: FakeSudoOptions) {
  const folder = mkdtempSync(join(tmpdir(), 'oo-sudo-'));
  const { path, argv } = fakeSudoPath(folder, options);
  const before = process.env['PATH'];
  process.env['PATH'] = options.absent === true ? path : `${path}:${before}`;
  t.mock.method(process as { getuid(): number }, 'getuid', () => 1000);
  t.after(() => {
    process.env['PATH'] = before;
    rmSync(folder, { recursive: true });
  });
  const file = join(folder, 'password');
  const givenFile = (content: string) => {
    writeFileSync(file, `${content}\n`, { mode: 0o600 });
    return file;
  };
  return { givenFile, argv: () => readFileSync(argv, 'utf8') };
}

test('a password out of a file makes root of us, and reaches no program', async (t) => {
  const { givenFile, argv } = asUser(t, { password });
  await authenticateLocally({ interactive: false, passwordFile: givenFile(password) });
  assert.equal(await localTransport().runScript('id -u; cat', []), '0\n');
  assert.doesNotMatch(argv(), /p4ss/);
});

test('a wrong one is told', async (t) => {
  const { givenFile } = asUser(t, { password });
  await assert.rejects(authenticateLocally({ interactive: false, passwordFile: givenFile('mistyped') }), {
    code: 'SUDO_PASSWORD_WRONG',
    message: /^localhost: the sudo password of \S+ is wrong$/,
  });
});

test('nobody to ask, and no file: that is told before anything is done', async (t) => {
  asUser(t, { password });
  await assert.rejects(authenticateLocally({ interactive: false }), { code: 'SUDO_PASSWORD_NEEDED', hint: /file/ });
});

test('who may not become root is told so', async (t) => {
  asUser(t, { complaint: 'alice is not in the sudoers file.' });
  await assert.rejects(authenticateLocally({ interactive: false }), { code: 'SUDO_NOT_ALLOWED', message: /not in the sudoers/ });
});

test('so is who has no sudo', async (t) => {
  asUser(t, { absent: true });
  await assert.rejects(authenticateLocally({ interactive: false }), { code: 'SUDO_MISSING' });
});

test('a sudo that remembers nothing is told', async (t) => {
  const { givenFile } = asUser(t, { password, forgets: true });
  await assert.rejects(authenticateLocally({ interactive: false, passwordFile: givenFile(password) }), {
    code: 'LOCAL_ROOT_FAILED',
    message: /anew for each command/,
  });
});
