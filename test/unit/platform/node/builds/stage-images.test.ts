import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { StageImages } from '../../../../../lib/platform/node/builds/stage-images.ts';
import type { ImageRuntime } from '../../../../../lib/platform/runtime/image-runtime.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';

const folder = mkdtempSync(join(tmpdir(), 'oo-test-stages-'));
after(() => rmSync(folder, { recursive: true }));

const id = (letter: string): string => `sha256:${letter.repeat(64)}`;

test('the stages of an output are kept until its next build has others, or nobody has built it for a day', async () => {
  const clock = new FakeClock();
  const gone: string[] = [];
  const images = { discard: async (image: string) => void gone.push(image) } as unknown as ImageRuntime;
  const stages = new StageImages({ images, folder, clock });
  await stages.keep('shop/web:latest', [id('a'), id('b')]);
  await stages.keep('other/web:latest', [id('b')]);
  assert.deepEqual(stages.earlier('shop/web:latest'), [id('a'), id('b')]);
  assert.deepEqual(stages.earlier('shop/api:latest'), []);
  assert.deepEqual([stages.has('aaaaaaaaaaaa'), stages.has('cccccccccccc')], [true, false]);
  // What another build has too stays.
  await stages.keep('shop/web:latest', [id('a'), id('c')]);
  assert.deepEqual(gone, []);
  await stages.keep('shop/web:latest', [id('c')]);
  assert.deepEqual(gone, [id('a')]);
  await clock.advance(25 * 3_600_000);
  await stages.keep('shop/api:latest', [id('d')]);
  assert.deepEqual(gone.slice(1).toSorted(), [id('b'), id('c')]);
  assert.equal(readdirSync(folder).length, 1);
});
