import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canUnpack } from '../../../../../../lib/platform/builds/engine/sti/can-unpack.ts';
import type { ImageConfig, ImageRuntime } from '../../../../../../lib/platform/runtime/image-runtime.ts';

const image = (id: string, env: string[] = []): ImageConfig => ({ id, env }) as unknown as ImageConfig;

/** An engine whose containers have these files, and what was looked for in them. */
function engineWith(...files: string[]) {
  const asked: string[] = [];
  const exists = (_id: string, path: string): Promise<boolean> => {
    asked.push(path);
    return Promise.resolve(files.includes(path));
  };
  return { runtime: { exists } as unknown as ImageRuntime, asked };
}

test('an image is looked into once, another one and another engine anew', async () => {
  const { runtime, asked } = engineWith('/bin/sh', '/bin/tar');
  for (let n = 0; n < 2; n++) assert.equal(await canUnpack(runtime, 'c', image('1')), true);
  assert.deepEqual(asked, [
    '/bin/sh',
    ...['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'].map((folder) => `${folder}/tar`),
  ]);
  assert.equal(await canUnpack(runtime, 'c', image('2', ['PATH=relative:/opt/bin'])), false);
  assert.deepEqual(asked.slice(7), ['/bin/sh', '/opt/bin/tar']);
  const bare = engineWith();
  for (let n = 0; n < 2; n++) assert.equal(await canUnpack(bare.runtime, 'c', image('1')), false);
  assert.deepEqual(bare.asked, ['/bin/sh']);
});
