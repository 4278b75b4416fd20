import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Artifact, makeArtifact } from '../../../../lib/installer/artifacts/artifact.ts';
import { hashFile, hashOf } from '../../../../lib/installer/artifacts/cache.ts';
import { keepSiteBundle } from '../../../../lib/installer/artifacts/site-bundle/kept-bundle.ts';
import { openSiteBundle } from '../../../../lib/installer/artifacts/site-bundle/read-bundle.ts';
import { ownSupplies } from '../../../support/own-supplies.ts';

/** What is asked for, with an oo-install of that version. */
async function rig() {
  const dir = await mkdtemp(join(tmpdir(), 'oo-kept-'));
  const told: string[] = [];
  const artifact = async (kind: Artifact['kind'], text: string): Promise<Artifact> => {
    const source = join(dir, `${kind}-${text}`);
    await writeFile(source, text);
    return makeArtifact(kind, [{ path: 'program', mode: 0o755, source, sha256: hashOf(text), size: text.length }]);
  };
  const [runtime, openshift] = [await artifact('runtime', 'node'), await artifact('openshift', 'daemon')];
  const keep = async (version: string) =>
    keepSiteBundle({
      version,
      installer: await artifact('installer', version),
      architectures: ['amd64'],
      distros: [],
      supply: ownSupplies({ runtime, openshift }),
      cacheDir: dir,
      progress: (message) => void told.push(message),
    });
  const names = async () => (await readdir(join(dir, 'site-bundles'))).toSorted();
  return { dir, told, keep, names, [Symbol.asyncDispose]: () => rm(dir, { recursive: true }) };
}

test('a bundle is written once, and is whole', async () => {
  await using made = await rig();
  const first = await made.keep('1.0.0');
  assert.equal(first.sha256, await hashFile(first.path));
  assert.equal(first.size, (await stat(first.path)).size);
  assert.equal((await (await openSiteBundle(first.path)).verify()).members, 3);
  const { mtimeMs, ino } = await stat(first.path);
  assert.deepEqual(await made.keep('1.0.0'), first);
  assert.equal((await stat(first.path)).ino, ino);
  assert.ok((await stat(first.path)).mtimeMs >= mtimeMs);
  assert.equal(made.told.filter((text) => text === 'writing the file').length, 1);
});

test('one that has gone bad, or was cut off, is written anew', async () => {
  await using made = await rig();
  const first = await made.keep('1.0.0');
  const content = await readFile(first.path);
  content[content.length - 700]! ^= 1;
  await writeFile(first.path, content);
  assert.deepEqual(await made.keep('1.0.0'), first);
  assert.equal(await hashFile(first.path), first.sha256);
  await rm(`${first.path}.json`);
  assert.deepEqual(await made.keep('1.0.0'), first);
});

test('two are kept, and what a killed run left half-written goes', async () => {
  await using made = await rig();
  const old = await made.keep('1.0.0');
  await utimes(old.path, 1, 1);
  const half = `${old.path}.abcd0123.part`;
  await writeFile(half, 'half');
  await utimes(half, 1, 1);
  await made.keep('2.0.0');
  assert.equal((await made.names()).filter((name) => name.endsWith('.bundle')).length, 2);
  await made.keep('3.0.0');
  const names = await made.names();
  assert.equal(names.filter((name) => name.endsWith('.bundle')).length, 2);
  assert.ok(!names.some((name) => name.endsWith('.part') || old.path.endsWith(name.replace('.json', ''))), names.join(' '));
});

test('where it cannot be written is told, with the way out', async () => {
  await using made = await rig();
  await writeFile(join(made.dir, 'site-bundles'), 'in the way');
  await assert.rejects(made.keep('1.0.0'), (error: { code: string; hint: string }) => {
    assert.equal(error.code, 'BUNDLE_UNWRITABLE');
    assert.match(error.hint, /XDG_CACHE_HOME/);
    return true;
  });
});
