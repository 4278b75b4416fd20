import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { hash } from 'bcryptjs';
import { packageRoot } from '../../lib/common/assets.ts';
import { CHECKOUT, startHostWithCheckout } from '../support/checkout-on-host.ts';
import { eventually } from '../support/eventually.ts';
import { KUBECTL } from '../support/kubectl.ts';
import { patient } from '../support/patience.ts';
import { makeSshKey } from '../support/ssh/ssh-key.ts';
import { startSshHost } from '../support/ssh-host.ts';

/**
 * The README, line by line, as its reader types it: every `sh` block, in order, in one shell each, on a fresh server. The
 * server is given what the README takes for granted: kubectl, curl, and another server that ssh knows as `web1`.
 */
const blocks = [...readFileSync(join(packageRoot(), 'README.md'), 'utf8').matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(
  (match) => match[1]!,
);

const key = await makeSshKey();
const [host, web1] = await Promise.all([
  startHostWithCheckout({ variant: 'git' }),
  startSshHost({ users: [{ name: 'root', keys: [key.publicKey] }] }),
]);
after(() => Promise.all([host.dispose(), web1.dispose()]));
await host.write(
  {
    '/root/.ssh/config': `Host web1\n  HostName ${await web1.address()}\n  User root\n`,
    '/root/.ssh/id_ed25519': key.privateKey,
    '/root/.ssh/known_hosts': await web1.knownHosts(),
  },
  0o600,
);
// As everybody has it who commits.
await host.exec(['git', 'config', '--system', 'user.email', 'dev@example.com']);
await host.exec(['git', 'config', '--system', 'user.name', 'Dev']);
await host.shell('apt-get -q update && apt-get -q -y install --no-install-recommends curl', { timeout: 120_000 });
await host.copyIn(dirname(KUBECTL), '/usr/local/bin', ['kubectl']);

const answer = (hostName: string) => host.shell(`curl -s http://${hostName}/`, { anyCode: true }).then(({ stdout }) => stdout);

let environment = '';
for (const block of blocks) {
  if (/uninstall localhost/.test(block)) somebodyElse();
  test(block.trim().split('\n')[0]!, { timeout: patient(240_000) }, async () => {
    const result = await host.shell(`set -eu; cd ${CHECKOUT}; ${environment}\n${block}`, { anyCode: true, timeout: 230_000 });
    assert.equal(result.code, 0, `${block}\n${result.stdout}\n${result.stderr}`);
    environment += [...block.matchAll(/^export .*$/gm)].map((match) => `${match[0]}\n`).join('');
  });
  if (/git push/.test(block)) pushedAnswers();
}

test('there was something to run', () => {
  assert.ok(blocks.length >= 5, `${blocks.length} blocks`);
});

function pushedAnswers(): void {
  test('what was pushed answers at its URL', async () => {
    await eventually(async () => assert.match(await answer('shop-default.apps.localhost'), /^Good day from Node\.js/), {
      timeout: 30_000,
    });
  });
}

function somebodyElse(): void {
  test('status tells which parts of the platform run', async () => {
    await eventually(async () => {
      const { stdout } = await host.shell(`${CHECKOUT}/bin/oo-install status localhost --json | grep '"event":"status"'`);
      const { parts } = JSON.parse(stdout) as { parts: { name: string; state: string }[] };
      const images = ['builder', 'nodejs', 'python', 'php', 'static'].map((name) => `${name} ready`);
      assert.deepEqual(
        parts.map(({ name, state }) => `${name} ${state}`),
        ['registry running', 'router running', ...images],
      );
    });
  });

  test('somebody else logs in with a password, makes a project and an application in it, and has nothing of the first one', async () => {
    const password = 'correct horse';
    await host.shell(`printf '%s\\n' 'alice:${await hash(password, 4)}' >/etc/openshift/htpasswd
    printf 'oauth:\\n  htpasswdFile: /etc/openshift/htpasswd\\n' >>/etc/openshift/config.yaml
    ${CHECKOUT}/bin/oo-install restart localhost && useradd --create-home alice && install -o alice /var/lib/openshift/pki/ca.crt /home/alice/ca.crt`);
    const server = 'https://localhost:8443';
    const login = `curl -sk -o /dev/null -D - -u 'alice:${password}' -H 'X-CSRF-Token: 1' \\
      '${server}/oauth/authorize?response_type=token&client_id=openshift-challenging-client'`;
    const asAlice = (script: string) =>
      host.exec(['runuser', '-l', 'alice', '-c', `set -eu; ${script}`], { anyCode: true, timeout: 200_000 });
    const made = await asAlice(`
    token=$(${login} | sed -n 's/.*access_token=\\([^&]*\\).*/\\1/p')
    kubectl config set-cluster here --server=${server} --certificate-authority=ca.crt --embed-certs >/dev/null
    kubectl config set-credentials alice --token="$token" >/dev/null
    kubectl config set-context here --cluster=here --user=alice --namespace=homes >/dev/null
    kubectl config use-context here >/dev/null
    printf '{"apiVersion":"project.openshift.io/v1","kind":"ProjectRequest","metadata":{"name":"homes"}}' | kubectl create --validate=false -f -
    openshift app create site -t static`);
    assert.equal(made.code, 0, `${made.stdout}\n${made.stderr}`);
    assert.match(made.stdout, /site is at http:\/\/site-homes\.apps\.localhost\//);
    await eventually(async () => assert.match(await answer('site-homes.apps.localhost'), /Hello from a site of files/), {
      timeout: 30_000,
    });
    assert.match((await asAlice('openshift app list -n default')).stderr, /cannot list/);
    assert.equal((await asAlice('openshift app list -o json')).code, 0);
  });
}
