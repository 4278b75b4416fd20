import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { redact } from '../../../../lib/common/secrets.ts';
import { checkDockerSettings, readDockerSettings } from '../../../../lib/installer/config/docker-settings.ts';
import { parseNoProxy, parseProxy } from '../../../../lib/installer/config/proxy-settings.ts';

test('an address is taken as it is typed', () => {
  assert.equal(parseProxy('http://proxy.example.com:3128'), 'http://proxy.example.com:3128');
  assert.equal(parseNoProxy('.example.com,10.0.0.0/8,[::1]'), '.example.com,10.0.0.0/8,[::1]');
});

test('a password is taken from the environment only, and is told to nobody', () => {
  const shown = 'http://eve:hunter2%21hunter2@proxy:3128';
  assert.throws(() => parseProxy(shown), { code: 'PROXY_PASSWORD_SHOWN', failure: 'usage' });
  assert.equal(parseProxy('env:MY_PROXY', { MY_PROXY: shown }), shown);
  assert.doesNotMatch(redact(`it is ${shown}, decoded hunter2!hunter2`), /hunter2/);
});

const hostile = [
  '',
  'proxy:3128',
  'ftp://proxy',
  'http://',
  'http://a b',
  'http://p:1\nX=1',
  'http://p"',
  'file:///etc/passwd',
  'env:MISSING',
];
for (const text of hostile) {
  test(`${JSON.stringify(text)} is no address of a proxy`, () => {
    assert.throws(() => parseProxy(text, {}), { code: 'PROXY_INVALID' });
  });
}

test('a list with anything but names and networks is refused', () => {
  for (const text of ['a b', 'a\nb', '"', '$(reboot)', 'a;b'])
    assert.throws(() => parseNoProxy(text), { code: 'NO_PROXY_INVALID' }, text);
});

test('settings of Docker under which no pod runs are refused', () => {
  for (const key of ['userns-remap', 'hosts'])
    assert.throws(() => checkDockerSettings({ [key]: 'x' }), { code: 'DOCKER_SETTING_HARMFUL' });
});

test('a file of settings that is none is told with its place', () => {
  const dir = mkdtempSync(join(tmpdir(), 'oo-settings-'));
  const read = (text: string) => {
    writeFileSync(join(dir, 'd.json'), text);
    return readDockerSettings(join(dir, 'd.json'));
  };
  assert.deepEqual(read('{"debug": true}'), { debug: true });
  assert.throws(() => read('{"debug": true,}'), { code: 'DOCKER_SETTINGS_UNREADABLE', message: /line 1, column 16/ });
  assert.throws(() => read('[]'), { code: 'DOCKER_SETTINGS_UNREADABLE' });
  assert.throws(() => readDockerSettings(join(dir, 'none')), { code: 'DOCKER_SETTINGS_UNREADABLE', message: /ENOENT/ });
  rmSync(dir, { recursive: true });
});
