import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { packageRoot } from '../../../../../lib/common/assets.ts';
import { settingsOf } from '../../../../../lib/installer/cli/commands/setting-options.ts';
import { supplyOf } from '../../../../../lib/installer/cli/commands/supply-of.ts';

const folder = mkdtempSync(join(tmpdir(), 'oo-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const path = (name: string, content: string) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

test('what is typed comes before the file, key by key', () => {
  const proxy = { http: 'http://one:1', https: 'http://two:2', except: '.site' };
  const file = { wait: 900, docker: { debug: true, mtu: 1450 }, restartDocker: true, proxy };
  assert.deepEqual(settingsOf({}, file), {
    wait: 900,
    domain: undefined,
    docker: { debug: true, mtu: 1450 },
    restartDocker: true,
    proxy: { http: 'http://one:1', https: 'http://two:2', no: '.site' },
  });
  const daemonJson = path('daemon.json', '{"debug": false}');
  assert.deepEqual(settingsOf({ wait: 0, daemonJson, httpsProxy: 'http://typed:3', proxyExcept: '.x' }, file), {
    wait: 0,
    domain: undefined,
    docker: { debug: false },
    restartDocker: true,
    proxy: { http: 'http://one:1', https: 'http://typed:3', no: '.x' },
  });
  assert.deepEqual(Object.values(settingsOf({}, {})).filter(Boolean), []);
});

test('a domain that is typed comes before that of the file', () => {
  assert.equal(settingsOf({ domain: 'a.example' }, { domain: 'b.example' }).domain, 'a.example');
  assert.equal(settingsOf({}, { domain: 'b.example' }).domain, 'b.example');
});

test('hosts that are excepted from no proxy are a mistake', () => {
  assert.throws(() => settingsOf({ proxyExcept: '.x' }, {}), { code: 'PROXY_EXCEPT_NOTHING' });
});

test('where things come from: a bundle that is typed is all that is used, and half of a build is completed by nobody', () => {
  assert.deepEqual(supplyOf({}, { packages: 'host' }), { packages: 'host' });
  assert.deepEqual(supplyOf({}, {}), {});
  assert.equal(supplyOf({}, { bundle: '/site.bundle' }).packages, 'stream');
  assert.equal(supplyOf({}, { bundle: '/site.bundle', packages: 'auto' }).packages, 'auto');
  assert.equal(supplyOf({ bundle: '/typed.bundle' }, { packages: 'host' }).packages, 'stream');
  assert.equal(supplyOf({ packages: 'host' }, { packages: 'stream' }).packages, 'host');
  const builds = { docker: { file: '/docker.tgz', sha256: 'AB'.repeat(32) } };
  assert.throws(() => supplyOf({ dockerTarball: '/mine.tgz' }, { builds }), { code: 'BUILD_UNVERIFIED' });
  assert.ok(supplyOf({}, { builds }).supplies);
  assert.deepEqual(supplyOf({}, { images: ['router'] }), { images: ['router'] });
  assert.deepEqual(supplyOf({ images: [] }, { images: ['router'] }), { images: [] });
});

test('the builds and the bundle of the file are those that are taken', async () => {
  const content = path('docker-29.1.3.tgz', 'no archive');
  const wrong = supplyOf({}, { builds: { docker: { file: content, sha256: 'ab'.repeat(32) } } });
  await assert.rejects(wrong.supplies!.build('docker', 'amd64'), { code: 'CHECKSUM_MISMATCH' });
  const none = supplyOf({}, { bundle: join(folder, 'none.bundle') });
  await assert.rejects(none.supplies!.images('amd64'), /none\.bundle/);
});

test('a variable that is not set is told before any host is reached, and only by commands that go by the settings', () => {
  path('cluster.yaml', 'hosts: ["127.0.0.1:1"]\nsettings: { proxy: { https: env:SITE_PROXY } }\n');
  const run = (...args: string[]) =>
    spawnSync(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', join(packageRoot(), 'bin', 'oo-install.ts'), ...args, '-F', 'none'],
      { encoding: 'utf8', cwd: folder },
    );
  for (const command of ['check', 'install']) {
    const { status, stderr } = run(command, '-f', 'cluster.yaml');
    assert.equal(status, 2);
    assert.match(stderr, /"env:SITE_PROXY" is no address of a proxy[^]*PROXY_INVALID/);
  }
  assert.match(run('status', '-f', 'cluster.yaml').stderr, /SSH_REFUSED/);
});
