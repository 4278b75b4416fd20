import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashOf } from '../../../../lib/installer/artifacts/cache.ts';
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
