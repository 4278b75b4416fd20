import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { hashOf } from '../../../../lib/installer/artifacts/cache.ts';
import { artifactErrors } from '../../../../lib/installer/artifacts/artifact-errors.ts';
import type { LoadableImage } from '../../../../lib/installer/artifacts/images/build-image.ts';
import { agentErrors } from '../../../../lib/installer/agent/agent-errors.ts';
import { assembleImage, imageArchive } from '../../../../lib/installer/artifacts/images/image-archive.ts';
import { readRecipe } from '../../../../lib/installer/artifacts/images/image-recipe.ts';
import { makeArtifact } from '../../../../lib/installer/artifacts/artifact.ts';
import { type InstallContext, platformPaths } from '../../../../lib/installer/phases/context.ts';
import { phases } from '../../../../lib/installer/phases/index.ts';
import { installRuntime, openshiftProgram } from '../../../../lib/installer/phases/install-runtime.ts';
import { loadImages } from '../../../../lib/installer/phases/load-images.ts';
import { loadPlatformImages } from '../../../../lib/installer/phases/load-platform-images.ts';
import { openshiftUnit, startPlatform } from '../../../../lib/installer/phases/start-platform.ts';
import { verifyPlatform } from '../../../../lib/installer/phases/verify-platform.ts';
import { platformConfig, writeConfig } from '../../../../lib/installer/phases/write-config.ts';
import { type PlatformConfigInput, platformConfigSchema } from '../../../../lib/platform/config/platform-config.ts';
import type { Facts } from '../../../../lib/installer/transport/facts.ts';
import { dockerRunning, testFacts } from '../../../support/probe-output.ts';
import { ScriptedHost } from '../../../support/scripted-host.ts';

const settings = { nodeName: 'server1', advertiseAddress: '192.0.2.10', dataDir: '/var/lib/openshift', port: 8443 };
const image = {
  reference: 'openshift/origin-pod:latest',
  id: 'sha256:aa',
  path: '/c/aa',
  sha256: 'a'.repeat(64),
  size: 9,
  layers: [],
};
const file = { path: 'node', mode: 0o755, sha256: 'b'.repeat(64), size: 1, source: '/x' };
const artifacts = { runtime: makeArtifact('runtime', [file]), openshift: makeArtifact('openshift', [file]) };
const context = (facts: Facts): InstallContext => ({
  facts,
  settings,
  artifacts: async () => artifacts,
  images: async () => [image],
  platformImages: async () => ({ images: [], isDefault: true }),
  build: () => assert.fail('not needed'),
  packages: {
    mode: 'host',
    supply: { readiness: async () => 'not', archive: async () => undefined, check: async () => undefined },
  },
  changed: { platform: false },
});

/** Lines of a server on which everything is in place. */
const complete = [
  `artifact.runtime=${artifacts.runtime.sha256}`,
  `artifact.openshift=${artifacts.openshift.sha256}`,
  `current.runtime=${artifacts.runtime.sha256}`,
  `current.openshift=${artifacts.openshift.sha256}`,
  `file=${platformPaths.program} ${hashOf(openshiftProgram)}`,
  `file=${platformPaths.unit} ${hashOf(openshiftUnit)}`,
  `file=${platformPaths.config} ${hashOf(platformConfig(settings))}`,
  `docker.image=${image.reference} ${image.id}`,
  'unit.openshift=ActiveState=active UnitFileState=enabled LoadState=loaded',
  'kubeconfig=yes',
];

test('where everything is in place, nothing is to be done', async () => {
  const facts = testFacts(dockerRunning, complete);
  const host = new ScriptedHost(facts);
  for (const phase of [installRuntime, loadImages, writeConfig, startPlatform]) {
    assert.equal(await phase.isDone(host, context(facts)), true, phase.name);
  }
});

test('a new bundle is put in place and the daemon is started anew with it', async () => {
  const old = complete.map((line) => line.replaceAll(artifacts.openshift.sha256, 'c'.repeat(64)));
  const facts = testFacts(dockerRunning, old);
  const host = new ScriptedHost(facts);
  const state = context(facts);
  assert.equal(await installRuntime.isDone(host, state), false);
  host
    .expect('artifact.use', { kind: 'runtime' }, { changed: false })
    .expect('artifact.use', { kind: 'openshift', sha256: artifacts.openshift.sha256 }, { changed: true })
    .expect('file.write', { path: '/usr/local/bin/openshift', mode: 0o755 }, { changed: false });
  await installRuntime.apply(host, state);
  assert.deepEqual(host.placed, [artifacts.openshift.sha256], 'the runtime that is there is not sent again');
  assert.equal(await startPlatform.isDone(host, state), false);
  host
    .expect('file.write', { path: platformPaths.unit }, { changed: false })
    .expect('unit.start', { name: 'openshift.service', restart: true, enable: true }, { changed: true });
  await startPlatform.apply(host, state);
  host.done();
});

test('a configuration that its owner edited stays, and that is said', async () => {
  const edited = complete.map((line) => line.replace(hashOf(platformConfig(settings)), 'd'.repeat(64)));
  const facts = testFacts(dockerRunning, edited);
  const host = new ScriptedHost(facts);
  assert.equal(await writeConfig.isDone(host, context(facts)), true);
  assert.match(host.notes.join(), /config\.yaml was edited: it stays/);
});

test('a configuration that an uninstallation kept stays, and the daemon comes into the journal again', async () => {
  const kept = complete.map((line) => line.replace(hashOf(platformConfig(settings)), 'd'.repeat(64)));
  const facts = testFacts(
    dockerRunning,
    kept.filter((line) => !line.startsWith('kubeconfig=')),
  );
  const host = new ScriptedHost(facts)
    .expect('directory.make', { path: settings.dataDir }, { changed: true })
    .expect('platform.adopt', { kubeconfig: platformPaths.kubeconfig }, { changed: true });
  assert.equal(await writeConfig.isDone(host, context(facts)), false);
  await writeConfig.apply(host, context(facts));
  host.done();
});

test('the configuration is YAML, whatever the host is called', () => {
  const hostile = { ...settings, nodeName: 'a: {b: "c"}\n#\'$(reboot)' };
  assert.equal((parse(platformConfig(hostile)) as { nodeName: string }).nodeName, hostile.nodeName);
});

test('names of its certificate are written down as the platform reads them, and nothing where there are none', () => {
  const tlsSANs = ['203.0.113.5', 'web1.example.com'];
  assert.deepEqual(platformConfigSchema.parse(parse(platformConfig({ ...settings, tlsSANs }))).tlsSANs, tlsSANs);
  assert.equal(platformConfig({ ...settings, tlsSANs: [] }), platformConfig(settings));
});

test('an address that the platform finds itself is not written down: it may be another one after a restart', async () => {
  const moving = { ...settings, followsRoute: true };
  assert.ok(!platformConfig(moving).includes('advertiseAddress'));
  assert.equal((parse(platformConfig(settings)) as PlatformConfigInput).advertiseAddress, settings.advertiseAddress);
  // A configuration of before is nobody's edit.
  const facts = testFacts(dockerRunning, complete);
  const host = new ScriptedHost(facts);
  assert.equal(await writeConfig.isDone(host, { ...context(facts), settings: moving }), true);
  assert.deepEqual(host.notes, []);
});

test('a domain of routes is in the configuration when somebody has said one, and else the platform has its own', () => {
  const said = parse(platformConfig({ ...settings, domain: 'apps.example.com' })) as PlatformConfigInput;
  assert.equal(platformConfigSchema.parse(said).router.domain, 'apps.example.com');
  assert.ok(!platformConfig(settings).includes('router'));
});

test('only an image that is missing or another one is loaded', async () => {
  const facts = testFacts(dockerRunning, [`docker.image=${image.reference} sha256:bb`]);
  const host = new ScriptedHost(facts)
    .expect('docker.layers', { references: [image.reference] }, { skips: true, chains: [] })
    .expect('docker.load', { path: image.path, id: image.id }, { changed: true });
  assert.equal(await loadImages.isDone(host, context(facts)), false);
  await loadImages.apply(host, context(facts));
  host.done();
});

test('the unit neither kills containers when it stops nor hides its mounts from Docker', () => {
  assert.match(openshiftUnit, /^KillMode=process$/m);
  assert.match(openshiftUnit, /^Restart=always$/m);
  assert.match(openshiftUnit, /^After=.*docker\.service/m);
  assert.doesNotMatch(openshiftUnit, /PrivateTmp|PrivateMounts|ProtectSystem|ProtectHome|ReadOnlyPaths|Requires=docker/);
});

test('phases are named as their files are, once each', () => {
  const names = phases.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
});

const part = (name: string, state: 'starting' | 'running' | 'blocked' | 'absent', reason = '') => ({ name, state, reason });
const healthy = { ready: true, nodeReady: true, reason: '', server: 'https://192.0.2.10:8443' };

test('a platform that was just started is not done before a pod has answered', async () => {
  const host = new ScriptedHost(testFacts(dockerRunning, complete));
  const started = { ...context(testFacts(dockerRunning, complete)), changed: { platform: true } };
  assert.equal(await verifyPlatform.isDone(host, started), false);
  host
    .expect('unit.state', {}, { active: 'active', enabled: 'enabled', result: 'success', restarts: 0 })
    .expect('platform.health', {}, healthy)
    .expect('platform.tryPod', {}, { answered: false, reason: 'pod oo-install-trial was only just made' })
    .expect('unit.state', {}, { active: 'active', enabled: 'enabled', result: 'success', restarts: 0 })
    .expect('platform.health', {}, healthy)
    .expect('platform.tryPod', {}, { answered: true, reason: '' })
    .expect('platform.parts', {}, { parts: [part('registry', 'starting'), part('router', 'absent')] })
    .expect('platform.parts', {}, { parts: [part('registry', 'running'), part('router', 'blocked', 'port 80 is taken')] });
  await verifyPlatform.apply(host, started);
  host.done();
  assert.deepEqual(host.warnings, ['port 80 is taken']);
});

test('a platform that runs already is not made to prove itself again', async () => {
  const host = new ScriptedHost(testFacts(dockerRunning, complete)).expect('platform.health', {}, healthy);
  assert.equal(await verifyPlatform.isDone(host, context(testFacts(dockerRunning, complete))), true);
  host.done();
});

test('layers that are there are not sent, and all are when Docker wants one of them after all', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'oo-layers-'));
  try {
    const layers = ['one', 'two'].map((text) => ({ tar: Buffer.from(text.padEnd(2000)), newest: 0 }));
    const built = assembleImage(await readRecipe('hello-openshift'), 'amd64', layers);
    const path = join(dir, 'whole');
    writeFileSync(path, imageArchive(built));
    const { size } = statSync(path);
    const images = [{ ...built, path, sha256: hashOf(readFileSync(path)), size, layers: [...built.layers] }];
    const facts = testFacts(dockerRunning);
    const chains = [built.layers[0]!.chainId];
    const host = new ScriptedHost(facts)
      .expect('docker.layers', { references: [built.reference] }, { skips: true, chains })
      .expect(
        'docker.load',
        { sha256: hashOf(imageArchive(built, new Set(chains))) },
        agentErrors.DOCKER_NOT_RUNNING('no such file'),
      )
      .expect('docker.load', { path, sha256: images[0]!.sha256 }, { changed: true });
    await loadImages.apply(host, { ...context(facts), images: async () => images });
    host.done();
    assert.deepEqual(host.told, [`load image ${built.reference} (1 of 2 layers)`]);
    host.expect('docker.layers', {}, { skips: false, chains }).expect('docker.load', { path }, { changed: true });
    await loadImages.apply(host, { ...context(facts), images: async () => images });
    host.done();
  } finally {
    rmSync(dir, { recursive: true });
  }
});

/** Of the platform's own images, `router` is in Docker as it was built now, `php` as it was built before. */
const chosen = (router: Promise<LoadableImage>, isDefault = true) => {
  const php = { ...image, reference: 'openshift/php:latest', id: 'sha256:dd' };
  return {
    isDefault,
    images: [
      { name: 'router', reference: 'openshift/router:latest', image: router },
      { name: 'php', reference: php.reference, image: Promise.resolve(php) },
    ],
  };
};
const router = { ...image, reference: 'openshift/router:latest', id: 'sha256:cc' };
const oldPhp = ['docker.image=openshift/router:latest sha256:cc', 'docker.image=openshift/php:latest sha256:d0'];
const withImages = (facts: Facts, wanted: ReturnType<typeof chosen>): InstallContext => ({
  ...context(facts),
  platformImages: async () => wanted,
});

test("of the platform's own images those are loaded that the server lacks or has otherwise", async () => {
  const facts = testFacts(dockerRunning, oldPhp);
  const some = withImages(facts, chosen(Promise.resolve(router)));
  const host = new ScriptedHost(facts)
    .expect('docker.images', {}, { ids: { 'openshift/router:latest': 'sha256:cc', 'openshift/php:latest': 'sha256:d0' } })
    .expect('docker.layers', {}, { skips: true, chains: [] })
    .expect('docker.load', { reference: 'openshift/php:latest', id: 'sha256:dd' }, { changed: true });
  assert.equal(await loadPlatformImages.isDone(host, some), false);
  await loadPlatformImages.apply(host, some);
  host.done();
  assert.deepEqual(host.told, ['load image openshift/php:latest']);
  const all = testFacts(dockerRunning, [oldPhp[0]!, 'docker.image=openshift/php:latest sha256:dd']);
  assert.equal(await loadPlatformImages.isDone(host, withImages(all, chosen(Promise.resolve(router)))), true);
  assert.equal(
    await loadPlatformImages.select!({ ...context(facts), platformImages: async () => ({ images: [], isDefault: false }) }),
    false,
  );
});

test('a dry run tells of the images that are missing, and waits for none', async () => {
  const facts = testFacts(dockerRunning, oldPhp.slice(0, 1));
  const never = withImages(facts, chosen(new Promise(() => undefined)));
  const host = new ScriptedHost(facts, { dryRun: true });
  assert.equal(await loadPlatformImages.isDone(host, never), false);
  await loadPlatformImages.apply(host, never);
  assert.deepEqual(host.told, ['load image openshift/php:latest']);
});

test('a machine that cannot build images installs without them, and says so; who has asked for them is refused', async () => {
  const facts = testFacts(dockerRunning);
  const host = new ScriptedHost(facts);
  for (const isDefault of [true, false]) {
    const without = Promise.reject<LoadableImage>(artifactErrors.OPERATOR_WITHOUT_APT('debian-13'));
    without.catch(() => undefined);
    host.expect('docker.images', {}, { ids: {} }).expect('docker.layers', {}, { skips: true, chains: [] });
    const applied = loadPlatformImages.apply(host, withImages(facts, chosen(without, isDefault)));
    if (isDefault) await applied;
    else await assert.rejects(applied, { code: 'OPERATOR_WITHOUT_APT' });
    host.done();
  }
  assert.equal(host.warnings.length, 1);
  assert.match(host.warnings[0]!, /no builds and no routes[^]*--bundle[^]*--images none/);
});
