import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configureDocker } from '../../../../lib/installer/phases/configure-docker.ts';
import type { InstallContext, InstallSettings } from '../../../../lib/installer/phases/context.ts';
import { proxyDropIn, proxyFileContent } from '../../../../lib/installer/phases/proxy-files.ts';
import { dockerRunning, testFacts } from '../../../support/probe-output.ts';
import { ScriptedHost } from '../../../support/scripted-host.ts';

const base = { nodeName: 'server1', advertiseAddress: '192.0.2.10', dataDir: '/var/lib/openshift', port: 8443 };
const contextOf = (settings: Partial<InstallSettings>, facts = testFacts(dockerRunning)): InstallContext => ({
  facts,
  settings: { ...base, ...settings },
  artifacts: () => assert.fail('not needed'),
  images: () => assert.fail('not needed'),
  platformImages: async () => ({ images: [], isDefault: true }),
  build: () => assert.fail('not needed'),
  packages: {
    mode: 'host',
    supply: { readiness: async () => 'not', check: async () => undefined, archive: async () => undefined },
  },
  changed: { platform: false },
});

test('where nothing was asked for, Docker is left alone', () => {
  assert.equal(configureDocker.select?.(contextOf({})), false);
  assert.equal(configureDocker.select?.(contextOf({ docker: {} })), false);
});

test('what was asked for is merged, once', async () => {
  const docker = { 'log-opts': { 'max-size': '10m' } };
  const context = contextOf({ docker });
  const host = new ScriptedHost(context.facts)
    .expect('docker.configDiffers', { settings: docker }, { path: '/etc/docker/daemon.json', keys: ['log-opts'] })
    .expect('docker.configure', { settings: docker, restart: false }, { changed: true, applied: 'restarted' })
    .expect('docker.configDiffers', { settings: docker }, { path: '/etc/docker/daemon.json', keys: [] });
  assert.equal(await configureDocker.isDone(host, context), false);
  await configureDocker.apply(host, context);
  assert.deepEqual(host.told, ["merge log-opts into Docker's daemon.json"]);
  assert.deepEqual(host.notes, ['Docker was restarted for log-opts']);
  assert.equal(await configureDocker.isDone(host, context), true);
  host.done();
});

const secret = 'http://eve:pa"ss$word@proxy:3128';

test('a proxy reaches both services, by a file that only root reads', async () => {
  const context = contextOf({ proxy: { https: secret, no: 'registry.internal' } });
  const content = proxyFileContent(context.settings);
  const host = new ScriptedHost(context.facts)
    .expect('file.write', { path: '/etc/openshift/proxy.env', mode: 0o600, content }, { changed: true })
    .expect(
      'file.write',
      { path: '/etc/systemd/system/docker.service.d/openshift-proxy.conf', content: proxyDropIn },
      { changed: true },
    )
    .expect(
      'file.write',
      { path: '/etc/systemd/system/openshift.service.d/openshift-proxy.conf', content: proxyDropIn },
      { changed: true },
    )
    .expect('docker.restart', { restart: false }, { changed: true });
  await configureDocker.apply(host, context);
  host.done();
  assert.equal(context.changed.platform, true, 'the platform is started with it');
  assert.doesNotMatch(host.told.join() + proxyDropIn, /eve|pa"ss/);
  assert.match(content, /^HTTPS_PROXY="http:\/\/eve:pa\\"ss\\\$word@proxy:3128"$/m);
  assert.match(content, /^no_proxy="registry\.internal,localhost,.*10\.128\.0\.0\/14,172\.30\.0\.0\/16,192\.0\.2\.10,server1"$/m);
});

test('a proxy that Docker does not use yet, though the files are there, is not done', async () => {
  const proxy = { https: secret };
  const read = (context: InstallContext) => {
    const host = new ScriptedHost(context.facts);
    for (const text of [proxyFileContent(context.settings), proxyDropIn, proxyDropIn]) {
      host.expect('file.read', {}, { content: text, mode: 0o600 });
    }
    return configureDocker.isDone(host, context);
  };
  assert.equal(await read(contextOf({ proxy })), false);
  const info = '24.0|overlay2|2|/x|[]|D|systemd|false|inactive|||http://proxy:3128';
  assert.equal(await read(contextOf({ proxy }, testFacts({ ...dockerRunning, 'docker.info': info }))), true);
});
