import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';

const program = `
const { written } = await import(${JSON.stringify(new URL('../../../lib/common/written.ts', import.meta.url).href)});
process.stdout.on('error', () => undefined);
process.stdout.write('x'.repeat(300_000));
process.stderr.write('told');
await written();
process.exit(3);
`;
const start = () =>
  spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', program], { stdio: 'pipe' });

test('a program that exits has written all, however late it is read', async () => {
  const child = start();
  const exited = once(child, 'exit');
  // It has written what it has to say, and nobody has read it.
  await once(child.stderr, 'data');
  assert.equal((await text(child.stdout)).length, 300_000);
  assert.deepEqual(await exited, [3, null]);
});

test('one whose reader has gone ends', async () => {
  const child = start();
  const exited = once(child, 'exit');
  await once(child.stderr, 'data');
  child.stdout.destroy();
  assert.deepEqual(await exited, [3, null]);
});
