import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Artifact, makeArtifact } from '../../../../lib/installer/artifacts/artifact.ts';
import { blobPath, hashOf } from '../../../../lib/installer/artifacts/cache.ts';
import { bundleSupply } from '../../../../lib/installer/artifacts/site-bundle/bundle-supply.ts';
import { summaryText } from '../../../../lib/installer/artifacts/site-bundle/bundle-summary.ts';
import { manifestName } from '../../../../lib/installer/artifacts/site-bundle/manifest.ts';
import { openSiteBundle } from '../../../../lib/installer/artifacts/site-bundle/read-bundle.ts';
import { writeBundleFile } from '../../../../lib/installer/artifacts/site-bundle/write-bundle.ts';
import { type TarEntry, writeTar } from '../../../../lib/installer/artifacts/tar-writer.ts';
import { distroByName } from '../../../../lib/installer/distro/index.ts';

/** A small bundle of debian-12 on amd64, in a folder of its own. */
async function rig() {
  const dir = mkdtempSync(join(tmpdir(), 'oo-bundle-'));
  const sources = new Map<string, { source: string; size: number }>();
  const put = (name: string, text: string) => {
    const source = join(dir, name);
    writeFileSync(source, text);
    const sha256 = hashOf(text);
    sources.set(sha256, { source, size: text.length });
    return { sha256, size: text.length, source };
  };
  const tree = (kind: Artifact['kind'], path: string) => {
    const artifact = makeArtifact(kind, [{ path, mode: 0o755, ...put(kind, `the ${kind}`) }]);
    return { sha256: artifact.sha256, files: artifact.files.map(({ source: _source, ...file }) => file) };
  };
  const { source: _image, ...image } = put('image', 'an image');
  const { source: _router, ...router } = put('router', 'another image');
  const deb = (name: string) => {
    const { sha256, size } = put(name, `package ${name}`);
    return { file: `${name}_1_amd64.deb`, name, version: '1', sha256, size };
  };
  const platforms = [
    {
      architecture: 'amd64' as const,
      runtime: tree('runtime', 'bin/node'),
      openshift: tree('openshift', 'agent.mjs'),
      images: [
        { ...image, reference: 'openshift/origin-pod:latest', id: `sha256:${'a'.repeat(64)}`, layers: [] },
        { ...router, reference: 'openshift/router:latest', id: `sha256:${'b'.repeat(64)}`, layers: [] },
      ],
      builds: [],
    },
  ];
  const packages = [{ distro: 'debian-12', architecture: 'amd64' as const, files: [deb('docker.io'), deb('runc')] }];
  const file = join(dir, 'site.bundle');
  const manifest = await writeBundleFile(
    file,
    { version: '1.2.3', installer: tree('installer', 'oo-install.mjs'), platforms, packages },
    sources,
  );
  const cache = join(dir, 'cache');
  return { dir, file, manifest, cache, [Symbol.asyncDispose]: async () => rmSync(dir, { recursive: true, force: true }) };
}

const file = (path: string, content: string): TarEntry => ({
  path,
  type: 'file',
  mode: 0o644,
  mtime: 0,
  content: Buffer.from(content),
});
const distro = distroByName('debian-12')!;

test('the starting images are apart from the others, which are taken one by one; one that is not there is named', async () => {
  await using r = await rig();
  const supply = bundleSupply(r.file, r.cache);
  assert.deepEqual(
    (await supply.images('amd64')).map(({ reference }) => reference),
    ['openshift/origin-pod:latest'],
  );
  assert.deepEqual(await supply.platformImageNames('amd64'), ['router']);
  assert.equal(readFileSync((await supply.platformImage('router', 'amd64')).path, 'utf8'), 'another image');
  await assert.rejects(supply.platformImage('php', 'amd64'), {
    code: 'BUNDLE_LACKS',
    message: /holds no image php; it holds origin-pod, router/,
  });
});

test('what went in comes out, and only what a server lacks is taken out', async () => {
  await using r = await rig();
  const supply = bundleSupply(r.file, r.cache);
  const { runtime } = await supply.artifacts('amd64');
  assert.equal(readFileSync(runtime.files[0]!.source, 'utf8'), 'the runtime');
  assert.equal(runtime.sha256, r.manifest.platforms[0]!.runtime.sha256);
  assert.equal(readFileSync((await supply.images('amd64'))[0]!.path, 'utf8'), 'an image');
  const status = 'Package: runc\nStatus: install ok installed\n\nPackage: docker.io\nStatus: deinstall ok config-files\n';
  const archive = await supply.packages.archive({ distro, arch: 'amd64', names: ['docker.io'], status });
  assert.deepEqual(
    archive?.files.map((entry) => entry.file),
    ['docker.io_1_amd64.deb'],
  );
  assert.equal(existsSync(blobPath(r.cache, hashOf('package runc'))), false);
  assert.deepEqual(await (await openSiteBundle(r.file)).verify(), { members: 7, bytes: 87 });
});

test('the same input gives the same bytes, and nothing is left beside the file', async () => {
  await using a = await rig();
  await using b = await rig();
  assert.equal(hashOf(readFileSync(a.file)), hashOf(readFileSync(b.file)));
  assert.deepEqual(
    readdirSync(a.dir).filter((name) => name.includes('.part')),
    [],
  );
});

test('a server that the bundle was not made for is told what it holds', async () => {
  await using r = await rig();
  const supply = bundleSupply(r.file, r.cache);
  const trixie = distroByName('debian-13')!;
  await assert.rejects(
    supply.packages.archive({ distro: trixie, arch: 'amd64', names: [], status: '' }),
    /site\.bundle holds no packages for debian-13 amd64; it holds debian-12 amd64/,
  );
  await assert.rejects(supply.artifacts('arm64'), /holds no runtime for arm64; it holds amd64/);
  await assert.rejects(supply.build('docker', 'amd64'), /holds no static build of docker; it holds none/);
});

test('one that was cut off at any place is refused when it is opened, with the byte', async () => {
  await using r = await rig();
  const whole = readFileSync(r.file);
  const first = 512 + Math.ceil(octal(whole, 124) / 512) * 512;
  for (const end of [first, first + 100, first + 512, first + 515, whole.length - 1024, whole.length - 1500]) {
    writeFileSync(r.file, whole.subarray(0, end));
    await assert.rejects(openSiteBundle(r.file), (error: Error & { code: string }) => {
      assert.equal(error.code, 'BUNDLE_CORRUPT', `${end}: ${error.message}`);
      assert.match(error.message, new RegExp(`it ends at byte ${end}`));
      return true;
    });
  }
});

test('a member with another byte is never used: its place and its checksum are told', async () => {
  await using r = await rig();
  const data = readFileSync(r.file);
  const at = data.indexOf('the runtime');
  data[at] = data[at]! ^ 1;
  writeFileSync(r.file, data);
  const corrupt = { code: 'BUNDLE_CORRUPT', message: new RegExp(`blobs/[0-9a-f]{64} at byte ${at}: its sha256 is`) };
  await assert.rejects((await openSiteBundle(r.file)).verify(), corrupt);
  await assert.rejects(bundleSupply(r.file, r.cache).artifacts('amd64'), corrupt);
  assert.deepEqual(readdirSync(join(r.cache, 'blobs')), []);
});

test('what its manifest names is in the bundle: no file of this machine, and no folder under another name', async () => {
  await using r = await rig();
  const whole = readFileSync(r.file);
  const length = octal(whole, 124);
  const members = whole.subarray(512 + Math.ceil(length / 512) * 512);
  const refused = async (change: (platform: (typeof r.manifest.platforms)[number]) => void, message: RegExp) => {
    const manifest = structuredClone(r.manifest);
    change(manifest.platforms[0]!);
    const head = writeTar([file(manifestName, JSON.stringify(manifest))]);
    writeFileSync(r.file, Buffer.concat([head.subarray(0, -1024), members]));
    await assert.rejects(openSiteBundle(r.file), { code: 'BUNDLE_CORRUPT', message });
  };
  await refused(
    ({ runtime }) => Object.assign(runtime.files[0]!, { sha256: '../../../.ssh/id_ed25519' }),
    /files\.0\.sha256: is no SHA-256/,
  );
  await refused(
    ({ images }) => Object.assign(images[0]!, { sha256: '../../../.ssh/id_ed25519' }),
    /images\.0\.sha256: is no SHA-256/,
  );
  await refused(
    ({ images }) => Object.assign(images[0]!, { sha256: 'a'.repeat(64) }),
    /blobs\/a{64}: it is needed and not there/,
  );
  await refused(
    ({ runtime }) => Object.assign(runtime.files[0]!, { path: 'bin/other' }),
    /runtime [0-9a-f]{64}: its files are [0-9a-f]{64}/,
  );
  await refused(({ openshift }) => Object.assign(openshift, { sha256: 'a'.repeat(64) }), /openshift a{64}: its files are/);
});

test('what is no bundle of ours, or of another layout, is refused', async () => {
  await using r = await rig();
  const refused = async (content: Buffer | string, code: string, message: RegExp) => {
    writeFileSync(r.file, content);
    await assert.rejects(openSiteBundle(r.file), (error: Error & { code: string }) => {
      assert.equal(error.code, code, error.message);
      assert.match(error.message, message);
      return true;
    });
  };
  await refused('', 'BUNDLE_FOREIGN', /does not begin with a manifest|empty/);
  await refused('#!/bin/sh\n'.repeat(100), 'BUNDLE_FOREIGN', /does not begin with a manifest/);
  await refused(writeTar([file('etc/passwd\u001b[2J', 'x')]), 'BUNDLE_FOREIGN', /begins with etc\/passwd\?\[2J/);
  await refused(writeTar([file(manifestName, '{')]), 'BUNDLE_CORRUPT', /it is no JSON/);
  await refused(
    writeTar([file(manifestName, '{"formatVersion":1}')]),
    'BUNDLE_VERSION',
    /layout 1, and this oo-install reads layout 3/,
  );
  await refused(writeTar([file(manifestName, '{"formatVersion":3}')]), 'BUNDLE_CORRUPT', /oo-install-bundle\.json: format: /);
});

test('a path that leads out is refused, in the archive and in the manifest', async () => {
  await using r = await rig();
  const { manifest } = r;
  const only = { ...manifest, members: [{ sha256: hashOf('x'), size: 1 }] };
  for (const path of ['../../etc/cron.d/x', `blobs/../blobs/${hashOf('x')}`, '/etc/x', `blobs/${hashOf('y')}`]) {
    writeFileSync(r.file, writeTar([file(manifestName, JSON.stringify(only)), file(path, 'x')]));
    await assert.rejects(openSiteBundle(r.file), { code: 'BUNDLE_CORRUPT' }, path);
  }
  const link: TarEntry = { path: `blobs/${hashOf('x')}`, type: 'symlink', mode: 0o777, mtime: 0, linkTarget: '/etc/shadow' };
  writeFileSync(r.file, writeTar([file(manifestName, JSON.stringify(only)), link]));
  await assert.rejects(openSiteBundle(r.file), { code: 'BUNDLE_CORRUPT' });
  for (const [from, to] of [
    ['bin/node', '../node'],
    ['docker.io_1_amd64.deb', '../x.deb'],
  ]) {
    writeFileSync(r.file, writeTar([file(manifestName, JSON.stringify(manifest).replace(from!, to!))]));
    await assert.rejects(openSiteBundle(r.file), { code: 'BUNDLE_CORRUPT' }, to);
  }
});

test('the table fits a terminal, and names from a bundle cannot write to it', async () => {
  await using r = await rig();
  const text = summaryText('site.bundle', { ...r.manifest, version: '1\u001b[31m' });
  assert.doesNotMatch(text, /\u001b/);
  assert.match(text, /^packages +debian-12, amd64 +2 +0\.0 MB$/m);
  for (const line of text.split('\n')) assert.ok(line.length <= 80, line);
});

const octal = (data: Buffer, at: number): number => Number.parseInt(data.toString('latin1', at, at + 11), 8);
