import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { test } from 'node:test';
import { parseHostTarget } from '../../../../../lib/installer/config/host-target.ts';
import { resolveSshSettings, type SshSettings } from '../../../../../lib/installer/config/ssh-settings.ts';
import { type Prompter, refusingPrompter } from '../../../../../lib/installer/prompter.ts';
import { type HostKeyPolicy, hostKeyVerifier } from '../../../../../lib/installer/transport/ssh/host-key-verifier.ts';
import { type ConfigFiles, configFiles } from '../../../../support/config-files.ts';
import { testHostKey } from '../../../../support/ssh-keys.ts';

const [first, second, rsa] = [testHostKey(), testHostKey(), testHostKey('ssh-rsa')];

/** Somebody who gives these answers in turn, and what they were asked. */
function person(...answers: boolean[]): Prompter & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    interactive: true,
    asked,
    secret: () => Promise.reject(new Error('no secret is asked for here')),
    confirm: async (question) => {
      asked.push(question);
      return answers.shift() ?? assert.fail(`not expected: ${question}`);
    },
  };
}

const policy = (given: Partial<HostKeyPolicy> = {}): HostKeyPolicy => ({
  acceptNew: false,
  pinned: [],
  prompter: refusingPrompter(),
  ...given,
});

async function settingsOf(files: ConfigFiles, host: string, config = ''): Promise<SshSettings> {
  await files.write('.ssh/config', `${config}\nGlobalKnownHostsFile ${files.path('global')}\n`);
  return resolveSshSettings(parseHostTarget(host), { home: files.folder, systemConfigFile: '/dev/null', env: {} });
}

const known = (files: ConfigFiles) => readFile(files.path('.ssh/known_hosts'), 'utf8').catch(() => '');

test('an unknown host is refused where nobody can be asked, with its fingerprint and every way out', async () => {
  await using files = await configFiles();
  const settings = await settingsOf(files, 'web:2222');
  await assert.rejects(
    hostKeyVerifier(policy()).verify(settings, first.blob),
    (error: Error & { code?: string; hint?: string }) => {
      assert.equal(error.code, 'HOST_KEY_UNKNOWN');
      assert.equal(error.message, `web:2222 is not known: its ED25519 key has ${first.fingerprint}`);
      for (const way of [`--host-key ${first.fingerprint}`, '--accept-new-host-keys', 'ssh-keygen -lf']) {
        assert.ok(error.hint?.includes(way), way);
      }
      return true;
    },
  );
  assert.equal(await known(files), '');
});

test('the person is shown kind and fingerprint; yes records the key for the next run, no does not and is remembered', async () => {
  await using files = await configFiles();
  const settings = await settingsOf(files, 'web');
  const no = person(false);
  const declining = hostKeyVerifier(policy({ prompter: no }));
  await assert.rejects(declining.verify(settings, first.blob), { code: 'HOST_KEY_DECLINED' });
  await assert.rejects(declining.verify(settings, first.blob), { code: 'HOST_KEY_DECLINED' });
  assert.equal(no.asked.length, 1);
  const yes = person(true);
  await hostKeyVerifier(policy({ prompter: yes })).verify(settings, first.blob);
  assert.ok(yes.asked[0]!.includes('ED25519') && yes.asked[0]!.includes(first.fingerprint) && yes.asked[0]!.includes('web'));
  assert.equal(await known(files), `web ssh-ed25519 ${first.base64}\n`);
  assert.equal((await stat(files.path('.ssh/known_hosts'))).mode & 0o777, 0o600);
  await hostKeyVerifier(policy()).verify(settings, first.blob);
});

test('a host is called what was typed, and what it is known as where that tells more', async () => {
  const called = [
    ['web', '', 'web'],
    ['root@WEB:2222', '', 'root@WEB:2222'],
    ['ssh://root@web', '', 'ssh://root@web'],
    ['[::1]:2222', '', '[::1]:2222'],
    ['web', 'HostName 192.0.2.7', 'web (192.0.2.7)'],
    ['web', 'Port 2222', 'web ([web]:2222)'],
  ] as const;
  for (const [typed, config, expected] of called) {
    await using files = await configFiles();
    const prompter = person(true);
    await hostKeyVerifier(policy({ prompter })).verify(await settingsOf(files, typed, config), first.blob);
    assert.equal(prompter.asked[0]!.split('\n')[0], `${expected} is not known yet.`);
  }
});

test('connections to one host ask once, however many come at the same time', async () => {
  await using files = await configFiles();
  const settings = await settingsOf(files, 'bastion', 'UserKnownHostsFile none');
  const prompter = person(true);
  const verifier = hostKeyVerifier(policy({ prompter }));
  await Promise.all(Array.from({ length: 10 }, () => verifier.verify(settings, first.blob)));
  assert.equal(prompter.asked.length, 1);
  await assert.rejects(verifier.verify(settings, second.blob), {
    code: 'HOST_KEY_CHANGED',
    message: /this run has the ED25519 key/,
  });
});

test('a changed key is refused, whatever is accepted, pinned or answered', async () => {
  await using files = await configFiles({ '.ssh/known_hosts': `# mine\nweb ssh-ed25519 ${first.base64}\n` });
  const settings = await settingsOf(files, 'web', 'StrictHostKeyChecking accept-new');
  for (const given of [{}, { acceptNew: true }, { pinned: [second.fingerprint] }, { prompter: person(true) }]) {
    for (const shown of [second, rsa]) {
      await assert.rejects(
        hostKeyVerifier(policy(given)).verify(settings, shown.blob),
        (error: Error & { code?: string; hint?: string }) => {
          assert.equal(error.code, 'HOST_KEY_CHANGED');
          assert.ok(error.message.includes(`${files.path('.ssh/known_hosts')}:2`), error.message);
          assert.ok(error.message.includes(shown.fingerprint) && error.message.includes(first.fingerprint));
          assert.ok(error.hint?.includes(`ssh-keygen -R web -f ${files.path('.ssh/known_hosts')}`));
          return true;
        },
      );
    }
  }
});

test('a key that is revoked for a host is revoked on every port of it', async () => {
  await using files = await configFiles({ global: `@revoked web ssh-ed25519 ${first.base64}\n` });
  const settings = await settingsOf(files, 'web:2222');
  await assert.rejects(hostKeyVerifier(policy({ acceptNew: true })).verify(settings, first.blob), { code: 'HOST_KEY_REVOKED' });
  assert.equal(await known(files), '');
});

test('a revoked key is refused even where it is known or pinned', async () => {
  await using files = await configFiles({
    '.ssh/known_hosts': `web ssh-ed25519 ${first.base64}\n`,
    global: `@revoked * ssh-ed25519 ${first.base64}\n`,
  });
  const settings = await settingsOf(files, 'web');
  const verifier = hostKeyVerifier(policy({ acceptNew: true, pinned: [first.fingerprint] }));
  await assert.rejects(verifier.verify(settings, first.blob), { code: 'HOST_KEY_REVOKED', message: /global:1/ });
});

test('a pin: the right key is recorded, another one refused and not recorded, and a malformed pin is no pin', async () => {
  await using files = await configFiles();
  const settings = await settingsOf(files, 'web');
  const verifier = hostKeyVerifier(policy({ pinned: [`${rsa.fingerprint}=`, first.fingerprint], acceptNew: true }));
  await assert.rejects(verifier.verify(settings, second.blob), { code: 'HOST_KEY_PIN_MISMATCH' });
  assert.equal(await known(files), '');
  await verifier.verify(settings, first.blob);
  assert.equal(await known(files), `web ssh-ed25519 ${first.base64}\n`);
  for (const pin of ['', 'SHA256:', 'MD5:aa:bb', first.fingerprint.toLowerCase(), `${first.fingerprint}x`, 'SHA256:../../x']) {
    assert.throws(() => hostKeyVerifier(policy({ pinned: [pin] })), { code: 'HOST_KEY_PIN_INVALID' }, pin);
  }
});

test('checking of the configuration: yes refuses without asking, accept-new does not ask', async () => {
  await using files = await configFiles();
  const strict = await settingsOf(files, 'web', 'StrictHostKeyChecking yes');
  await assert.rejects(hostKeyVerifier(policy({ prompter: person() })).verify(strict, first.blob), { code: 'HOST_KEY_UNKNOWN' });
  const accepting = await settingsOf(files, 'web', 'StrictHostKeyChecking accept-new');
  await hostKeyVerifier(policy()).verify(accepting, first.blob);
  await assert.rejects(hostKeyVerifier(policy()).verify(accepting, second.blob), { code: 'HOST_KEY_CHANGED' });
});

test('a host that only an authority vouches for is refused with a way out, and may be pinned', async () => {
  await using files = await configFiles({ global: `@cert-authority *.corp ssh-ed25519 ${second.base64}\n` });
  const settings = await settingsOf(files, 'web.corp', 'StrictHostKeyChecking accept-new');
  await assert.rejects(
    hostKeyVerifier(policy()).verify(settings, first.blob),
    (error: Error & { code?: string; hint?: string }) => {
      assert.equal(error.code, 'HOST_KEY_NEEDS_AUTHORITY');
      assert.match(error.message, /global:1.*certificates of hosts are not verified/);
      assert.ok(error.hint?.includes(`--host-key ${first.fingerprint}`));
      return true;
    },
  );
  // The authority's own key is no key of the host.
  await assert.rejects(hostKeyVerifier(policy()).verify(settings, second.blob), { code: 'HOST_KEY_NEEDS_AUTHORITY' });
  const prompter = person(true);
  await hostKeyVerifier(policy({ prompter })).verify(settings, first.blob);
  assert.match(prompter.asked[0]!, /certificate authority/);
});

test('algorithms: those of the keys that are known first, and none that signs with SHA-1', async () => {
  await using files = await configFiles({ '.ssh/known_hosts': `web ssh-rsa ${rsa.base64}\n` });
  const verifier = hostKeyVerifier(policy());
  const web = await verifier.algorithms(await settingsOf(files, 'web'));
  assert.deepEqual(web?.slice(0, 3), ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-ed25519']);
  assert.ok(!web.includes('ssh-rsa'));
  assert.equal((await verifier.algorithms(await settingsOf(files, 'db')))?.[0], 'ssh-ed25519');
});

test('a key that is known without the port is believed on another one, as ssh does', async () => {
  await using files = await configFiles({ '.ssh/known_hosts': `web ssh-ed25519 ${first.base64}\n` });
  const settings = await settingsOf(files, 'web:2222');
  await hostKeyVerifier(policy()).verify(settings, first.blob);
  await assert.rejects(hostKeyVerifier(policy()).verify(settings, second.blob), { code: 'HOST_KEY_UNKNOWN' });
});

test('a file that cannot be written keeps nobody from going on, and is told once; malformed lines too', async () => {
  await using files = await configFiles({ global: 'nonsense\n', 'a-file': '' });
  const warnings: string[] = [];
  const settings = await settingsOf(files, 'web', `UserKnownHostsFile ${files.path('a-file/known_hosts')}`);
  const verifier = hostKeyVerifier(policy({ acceptNew: true, warn: (message) => void warnings.push(message) }));
  await verifier.verify(settings, first.blob);
  await verifier.verify(settings, first.blob);
  assert.equal(warnings.length, 2, warnings.join('\n'));
  assert.match(warnings.join('\n'), /global:1 is passed over[\s\S]*key of web could not be added/);
});

test('what is no key is refused', async () => {
  await using files = await configFiles();
  const settings = await settingsOf(files, 'web');
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.from('SSH-2.0-x'),
    Buffer.alloc(100, 0xff),
    Buffer.from([0, 0, 0, 2, 0x1b, 0x5b, 1, 1, 1]),
  ]) {
    await assert.rejects(hostKeyVerifier(policy({ acceptNew: true })).verify(settings, bytes), { code: 'HOST_KEY_MALFORMED' });
  }
});
