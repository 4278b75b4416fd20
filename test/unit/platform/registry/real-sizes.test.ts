import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withRealSizes } from '../../../../lib/platform/registry/real-sizes.ts';

const digest = (n: number): string => `sha256:${n.toString(16).padStart(64, '0')}`;
const layer = (n: number, size: number) => ({ name: digest(n), size, mediaType: '' });

test('an image is as large as what the registry has of it, not as its manifest says; what is elsewhere takes no room', async () => {
  const stored = new Map([
    [digest(0), 300],
    [digest(1), 5_000],
    [digest(2), 70],
  ]);
  const said = {
    dockerImageLayers: [layer(1, 1), layer(2, 70), layer(1, 1), layer(3, 10)],
    dockerImageMetadata: { Id: digest(0), Size: 12 },
  };
  const { dockerImageLayers, dockerImageMetadata } = await withRealSizes(said, async (each) => stored.get(each));
  assert.deepEqual(
    dockerImageLayers?.map(({ size }) => size),
    [5_000, 70, 5_000, 0],
  );
  assert.equal(dockerImageMetadata?.['Size'], 5_370);
});

test('nobody asks for the sizes of thousands of layers', async () => {
  let asked = 0;
  const image = { dockerImageLayers: Array.from({ length: 300 }, (_each, n) => layer(n, 1)), dockerImageMetadata: {} };
  const sizeOf = async (): Promise<number> => ++asked;
  await assert.rejects(withRealSizes(image, sizeOf), { code: 413 });
  assert.equal(asked, 0);
  assert.equal(
    (await withRealSizes({ ...image, dockerImageLayers: image.dockerImageLayers.slice(0, 200) }, sizeOf)).dockerImageLayers
      ?.length,
    200,
  );
});
