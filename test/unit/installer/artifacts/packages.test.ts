import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { unpackPackages } from '../../../../lib/installer/agent/packages/package-files.ts';
import { hashOf, putBlob } from '../../../../lib/installer/artifacts/cache.ts';
import { packageArchive } from '../../../../lib/installer/artifacts/packages/package-archive.ts';
import { parseUris } from '../../../../lib/installer/artifacts/packages/package-closure.ts';
import { sourcesList } from '../../../../lib/installer/artifacts/packages/private-apt.ts';
import { distroByName } from '../../../../lib/installer/distro/index.ts';

const sha256 = '53ae1a99f15113f0a0d2226808ec0d24ee31b3b87b87ab8ec35be09a1a2ee13b';

test("what apt would download is read with its hashes, and an epoch's colon is read back", () => {
  const output = [
    'Reading package lists...',
    'The following NEW packages will be installed:',
    `'http://deb.debian.org/debian/pool/main/d/docker.io/docker.io_26.1.5%2bdfsg1_amd64.deb' docker.io_26.1.5+dfsg1_amd64.deb 23036836 SHA256:${sha256}`,
    `'http://deb.debian.org/debian/pool/main/c/conntrack/conntrack_1.4.7-1_amd64.deb' conntrack_1%3a1.4.7-1_amd64.deb 35720 SHA256:${sha256}`,
    '',
  ].join('\n');
  assert.deepEqual(parseUris(output), [
    { file: 'docker.io_26.1.5+dfsg1_amd64.deb', name: 'docker.io', version: '26.1.5+dfsg1', sha256, size: 23036836 },
    { file: 'conntrack_1%3a1.4.7-1_amd64.deb', name: 'conntrack', version: '1:1.4.7-1', sha256, size: 35720 },
  ]);
});

test('a file name that leads out of its folder is refused', () => {
  assert.throws(() => parseUris(`'http://x/y.deb' ../../etc/cron.d/y.deb 1 SHA256:${sha256}`));
});

test('the sources of another release come from our own mirror where it carries that distribution', () => {
  const trixie = distroByName('debian-13')!.archive!;
  const own = ['http://mirror.example/debian', 'http://mirror.example/debian-security/', 'http://other.example/cloud'];
  const key = '[arch=arm64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]';
  assert.equal(
    sourcesList(trixie, 'arm64', own),
    `deb ${key} http://mirror.example/debian trixie main
deb ${key} http://mirror.example/debian trixie-updates main
deb ${key} http://mirror.example/debian-security/ trixie-security main
`,
  );
  const noble = sourcesList(distroByName('ubuntu-24.04')!.archive!, 'arm64', own);
  assert.match(noble, /ports\.ubuntu\.com\/ubuntu-ports noble-security main universe\n$/);
});

test('an archive of packages is the same whatever their order, and only what it is said to hold comes out', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'oo-packages-'));
  try {
    const make = async (name: string) => {
      const data = Buffer.from(`package ${name}`);
      return { file: `${name}_1_amd64.deb`, name, version: '1', sha256: await putBlob(dir, data), size: data.length };
    };
    const [a, b] = [await make('aa'), await make('bb')];
    const archive = await packageArchive([b, a], dir);
    assert.equal((await packageArchive([a, b], dir)).sha256, archive.sha256);
    const from = { path: archive.source, sha256: archive.sha256 };
    const paths = await unpackPackages(from, archive.files, join(dir, 'out'));
    assert.deepEqual(paths, [join(dir, 'out', 'aa_1_amd64.deb'), join(dir, 'out', 'bb_1_amd64.deb')]);
    const corrupt = { code: 'FILE_CORRUPT' };
    await assert.rejects(unpackPackages({ ...from, sha256: hashOf('x') }, archive.files, join(dir, 'out')), corrupt);
    const wrong = archive.files.map((entry) => ({ ...entry, sha256: hashOf('x') }));
    await assert.rejects(unpackPackages(from, wrong, join(dir, 'out')), corrupt);
    await assert.rejects(unpackPackages(from, archive.files.slice(1), join(dir, 'out')), corrupt);
    const more = [...archive.files, { file: 'cc_1_amd64.deb', sha256: hashOf('x') }];
    await assert.rejects(unpackPackages(from, more, join(dir, 'out')), /cc_1_amd64\.deb/);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
