import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { hashOf } from '../../../../lib/installer/artifacts/cache.ts';
import { assembleImage, chainIds, imageArchive } from '../../../../lib/installer/artifacts/images/image-archive.ts';
import { readRecipe } from '../../../../lib/installer/artifacts/images/image-recipe.ts';
import { partialArchive } from '../../../../lib/installer/artifacts/images/partial-archive.ts';

test('layers that a server has are left out of what is sent, and the rest is what Docker would be given', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'oo-partial-'));
  try {
    const layers = ['one', 'two', 'three'].map((text) => ({ tar: Buffer.from(text.padEnd(2000)), newest: 0 }));
    const built = assembleImage(await readRecipe('hello-openshift'), 'amd64', layers);
    assert.deepEqual(
      chainIds(built.layers.map(({ diffId }) => diffId)),
      built.layers.map(({ chainId }) => chainId),
    );
    const whole = imageArchive(built);
    const path = join(dir, 'blobs', 'whole');
    mkdirSync(join(dir, 'blobs'));
    writeFileSync(path, whole);
    const { reference, id } = built;
    const image = { reference, id, path, sha256: hashOf(whole), size: whole.length, layers: [...built.layers] };
    const present = new Set([built.layers[0]!.chainId, 'sha256:of-somebody-else']);
    const sent = await partialArchive(image, present);
    assert.deepEqual(readFileSync(sent.source), imageArchive(built, present));
    assert.equal(sent.sha256, hashOf(readFileSync(sent.source)));
    assert.ok(sent.size < whole.length - 2000);
    // Hosts that ask at once, and a run after this one, are given the same file: it is not put together again.
    rmSync(path);
    assert.deepEqual(await Promise.all([partialArchive(image, present), partialArchive(image, present)]), [sent, sent]);
    assert.equal((await partialArchive(image, new Set())).source, path);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
