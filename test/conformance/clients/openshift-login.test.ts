import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { hashSync } from 'bcryptjs';
import { readKubeconfig } from '../../../lib/platform/pki/kubeconfig.ts';
import { eventually } from '../../support/eventually.ts';
import { createKubectl, startCommand } from '../../support/kubectl.ts';
import { startPlatform } from '../../support/platform.ts';
import { runCommand } from '../../support/run-command.ts';

// What docs/users.md tells a user to type who has neither oc nor a browser.
const folder = mkdtempSync(join(tmpdir(), 'oo-test-login-'));
const [htpasswdFile, authority, kubeconfig] = ['htpasswd', 'ca.crt', 'config'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
writeFileSync(htpasswdFile, `alice:${hashSync('wonderland', 4)}\nbob:${hashSync('builder', 4)}\n`);
const platform = await startPlatform({ parts: 'master', config: { oauth: { htpasswdFile } } });
after(async () => {
  await platform.stop();
  rmSync(folder, { recursive: true });
});
const { server, caPem } = await readKubeconfig(platform.kubeconfigPath);
writeFileSync(authority, caPem);

const program = fileURLToPath(new URL('../../../bin/openshift.ts', import.meta.url));
const argv = [process.execPath, '--disable-warning=ExperimentalWarning', program];
const env = { KUBECONFIG: kubeconfig, HOME: folder };
const openshift = (args: readonly string[], stdin = '') => runCommand([...argv, ...args], { env, stdin, anyCode: true });

test('a user logs in, makes a project, works in it with kubectl, and is nobody any more after the logout', async () => {
  const login = ['login', server, '-u', 'alice', '--certificate-authority', authority, '--password-stdin'];
  const first = await openshift(login, 'wonderland\n');
  assert.equal(
    first.stdout,
    `Logged in to ${server} as alice. You have no project yet: openshift new-project NAME\n`,
    first.stderr,
  );
  assert.equal((await openshift(['whoami'])).stdout, 'alice\n');
  assert.match((await openshift(['new-project', 'shop'])).stdout, /^The project shop is there, and yours\./);

  const kubectl = createKubectl(kubeconfig, join(folder, 'home'));
  await eventually(() => kubectl.text('create', 'configmap', 'settings'));
  assert.match(await kubectl.text('get', 'configmaps'), /^settings /m);
  await eventually(async () => {
    const again = await openshift(['login', '-u', 'alice', '--password-stdin'], 'wonderland\n');
    assert.match(again.stdout, /as alice\. Your project is shop\.$/m);
  });
  assert.match(
    (await openshift(['login', '-u', 'bob', '--password-stdin'], 'builder')).stdout,
    /as bob\. You have no project yet/,
  );
  assert.match(await kubectl.failure(['get', 'configmaps', '-n', 'shop']), /Forbidden.*"bob" cannot list/);
  assert.match((await openshift(['logout'])).stdout, /^Logged out of /);
  assert.equal((await openshift(['whoami'])).code, 2);
});

test('the password is asked for on the terminal, not shown, and a wrong one is told with what to do', async () => {
  const words = [...argv, 'login', server, '-u', 'alice', '--certificate-authority', authority];
  await using login = onTerminal(words, env);
  await login.until(/Password of alice for https:[^ ]+: $/);
  login.stdin.write('wonderland\r');
  assert.equal(await login.ended(), 0, login.output());
  assert.match(login.output(), /Logged in to .* as alice/);
  assert.doesNotMatch(login.output(), /wonderland/);

  const wrong = await openshift(words.slice(argv.length).concat('--password-stdin'), 'looking-glass');
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /the user name or the password is wrong: alice was not logged in/);
  assert.doesNotMatch(wrong.stderr + wrong.stdout, /looking-glass/);
});

test('whose kubeconfig does not know the server is shown the fingerprint of its authority, and asked; a script is not', async () => {
  const words = [...argv, 'login', server, '-u', 'alice'];
  const stranger = { ...env, KUBECONFIG: join(folder, 'of-a-stranger') };
  await using login = onTerminal(words, stranger);
  await login.until(/Trust it, and go on\? \[y\/N\] $/);
  const shown = login.output().replaceAll(/\s+/g, '');
  assert.ok(shown.includes(new X509Certificate(caPem).fingerprint256), login.output());
  login.stdin.write('yes\r');
  await login.until(/Password of alice for https:[^ ]+: $/);
  login.stdin.write('wonderland\r');
  assert.equal(await login.ended(), 0, login.output());
  assert.match(login.output(), /Logged in to .* as alice/);
  assert.equal((await runCommand([...argv, 'whoami'], { env: stranger })).stdout, 'alice\n');

  await using script = onTerminal([...words, '--password-stdin', '--kubeconfig', join(folder, 'none')], stranger);
  assert.equal(await script.ended(), 2);
  assert.match(script.output(), /nothing tells whether .* is the server/);
});

function onTerminal(words: readonly string[], variables: Readonly<Record<string, string>>) {
  const quoted = words.map((word) => `'${word}'`).join(' ');
  const command = ['script', '--quiet', '--return', '--flush', '--command', quoted, '/dev/null'];
  return startCommand(command, { ...process.env, ...variables });
}
