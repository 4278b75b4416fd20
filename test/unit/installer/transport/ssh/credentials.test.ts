import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { bootstrapLine, newMarks } from '../../../../../lib/installer/transport/ssh/bootstrap.ts';
import { sshCredentials } from '../../../../../lib/installer/transport/ssh/credentials.ts';
import { answering } from '../../../../support/ssh-rig.ts';

const web = { host: 'root@web1', user: 'deploy' };
const bastion = { host: 'bastion', user: 'deploy', isJump: true };

test('who asks is told, and a jump host gets nothing that was meant for a server', async () => {
  const prompter = answering('of-web', 'of-bastion', 'of-bastion again');
  const credentials = sshCredentials(prompter);
  assert.equal(await credentials.password('login', web), 'of-web');
  assert.equal(await credentials.password('login', { ...web, host: 'web2' }), 'of-web');
  assert.equal(await credentials.password('login', bastion), 'of-bastion');
  assert.equal(await credentials.password('login', bastion), 'of-bastion');
  assert.equal(await credentials.password('login', bastion, 'of-bastion'), 'of-bastion again');
  assert.deepEqual(prompter.asked, [
    'Password of deploy@web1: ',
    'Password of deploy@bastion (a jump host): ',
    'Wrong. Password of deploy@bastion (a jump host): ',
  ]);
});

test('a password file is for the servers, and for no jump host', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'oo-password-'));
  try {
    const passwordFile = join(folder, 'password');
    writeFileSync(passwordFile, 'from the file\n', { mode: 0o600 });
    const credentials = sshCredentials(answering(), { passwordFile });
    assert.equal(credentials.has('login', bastion), false);
    assert.equal(await credentials.password('login', bastion), undefined);
    assert.equal(credentials.has('login', web), true);
    assert.equal(await credentials.password('login', web), 'from the file');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a server that is not to ask for a password never learns by which word it would', () => {
  const marks = newMarks();
  assert.ok(!bootstrapLine(marks, 'unasked').includes(marks.password));
  const numbers = Object.values(marks).map((mark) => /-([0-9a-f]+)@@$/.exec(mark as string)![1]);
  assert.equal(new Set(numbers).size, numbers.length);
});
