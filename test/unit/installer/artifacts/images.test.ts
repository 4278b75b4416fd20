import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { blobPath, hashOf } from '../../../../lib/installer/artifacts/cache.ts';
import { buildImage } from '../../../../lib/installer/artifacts/images/build-image.ts';
import { assembleImage, imageArchive } from '../../../../lib/installer/artifacts/images/image-archive.ts';
import { imageRecipe, readRecipe, startingImageNames } from '../../../../lib/installer/artifacts/images/image-recipe.ts';
import { buildLayer } from '../../../../lib/installer/artifacts/images/layer-builder.ts';
import { readTar, type TarMember } from '../../../../lib/installer/artifacts/tar-reader.ts';

const member = (path: string, text: string): TarMember => ({
  path,
  type: 'file',
  mode: 0o755,
  mtime: 1_000,
  content: Buffer.from(text),
  linkTarget: '',
});
/** Stands for the Debian packages: one file per place that a recipe looks at. */
const packages = async (name: string) => [
  member('usr/bin/catatonit', name),
  member('usr/bin/busybox', name),
  member(`usr/share/doc/${name}/copyright`, name),
];

async function build(name: string) {
  const recipe = await readRecipe(name);
  const layers = [];
  for (const layer of recipe.layers) layers.push(await buildLayer(recipe.reference, layer, packages));
  return assembleImage(recipe, 'amd64', layers);
}

test('two builds give the same archive, whose names are the hashes of what they name', async () => {
  for (const name of startingImageNames) {
    const image = await build(name);
    const archive = imageArchive(image);
    assert.deepEqual(archive, imageArchive(await build(name)));
    const files = new Map([...readTar(archive)].map((entry) => [entry.path, entry.content]));
    const [manifest] = JSON.parse(files.get('manifest.json')!.toString()) as {
      Config: string;
      RepoTags: string[];
      Layers: string[];
    }[];
    assert.deepEqual(manifest?.RepoTags, [image.reference]);
    assert.equal(`${hashOf(files.get(manifest!.Config)!)}.json`, manifest?.Config);
    for (const layer of manifest!.Layers) assert.equal(`${hashOf(files.get(layer)!)}/layer.tar`, layer);
  }
});

test('both images share the layer that holds their init, and a layer that is there is not packed again', async () => {
  const pod = await build('origin-pod');
  const hello = await build('hello-openshift');
  assert.equal(pod.layers[0]?.chainId, hello.layers[0]?.chainId);
  const rest = imageArchive(hello, new Set(pod.layers.map((layer) => layer.chainId)));
  const layers = [...readTar(rest)].filter((entry) => entry.path.endsWith('layer.tar'));
  assert.equal(layers.length, hello.layers.length - 1);
});

test('a package that lacks the file is named', async () => {
  const recipe = await readRecipe('origin-pod');
  await assert.rejects(
    buildLayer(recipe.reference, recipe.layers[0]!, async () => []),
    /openshift\/origin-pod:latest: package catatonit holds none of usr\/bin\/catatonit/,
  );
});

test('a recipe cannot write outside its image', async () => {
  const recipe = JSON.parse(JSON.stringify(await readRecipe('hello-openshift'))) as { layers: { files: object[] }[] };
  for (const path of ['../x', 'a/../../x', '/etc/passwd', 'a/./b']) {
    const layers = [{ name: 'x', files: [{ path, source: 'hello-openshift/healthz', mode: '0644' }] }];
    assert.equal(imageRecipe.safeParse({ ...recipe, layers }).success, false, path);
  }
});

test('of an image the newest builds are kept, and the archives that they name', async () => {
  const cacheDir = mkdtempSync(join(tmpdir(), 'oo-images-'));
  after(() => rmSync(cacheDir, { recursive: true, force: true }));
  const old = (letter: string, archive: string, age: number) => {
    const sha256 = hashOf(archive);
    mkdirSync(join(cacheDir, 'images'), { recursive: true });
    mkdirSync(join(cacheDir, 'blobs'), { recursive: true });
    writeFileSync(blobPath(cacheDir, sha256), archive);
    const index = join(cacheDir, 'images', `origin-pod-amd64-${letter.repeat(32)}.json`);
    const built = {
      reference: 'openshift/origin-pod:latest',
      id: `sha256:${sha256}`,
      path: '/moved',
      sha256,
      size: 1,
      layers: [],
    };
    writeFileSync(index, JSON.stringify(built));
    utimesSync(index, age, age);
    return { index, blob: blobPath(cacheDir, sha256) };
  };
  const [oldest, older, before] = [old('a', 'one', 1000), old('b', 'three', 2000), old('c', 'three', 3000)];
  const resolve = async () => assert.fail('it holds no whole packages');
  const options = { cacheDir, arch: 'amd64' as const, packages, resolve };
  const recipe = await readRecipe('origin-pod');
  assert.ok(recipe.layers.every((layer) => layer.packages.length === 0));
  await buildImage('origin-pod', { ...options, resolve: async () => recipe.layers.map(() => []) });
  assert.deepEqual([existsSync(oldest.index), existsSync(oldest.blob), existsSync(older.index)], [false, false, false]);
  assert.deepEqual([existsSync(before.index), existsSync(before.blob)], [true, true]);
  // What is kept is answered without a look at packages.
  assert.ok(existsSync((await buildImage('origin-pod', options)).path));
});
