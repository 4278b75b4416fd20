import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../../lib/common/log.ts';
import { registerSecret } from '../../../lib/common/secrets.ts';

test('a registered secret reaches no line, wherever it stands', () => {
  const lines: string[] = [];
  const log = createLog({ name: 'test', write: (line) => void lines.push(line) });
  registerSecret('hunter2-hunter2');
  log.info({ url: 'https://u:hunter2-hunter2@example.com' }, 'cloning');
  log.error({ err: new Error('password hunter2-hunter2 refused') }, 'clone failed');
  assert.equal(lines.length, 2);
  assert.ok(!lines.join('').includes('hunter2'), lines.join(''));
  assert.equal((JSON.parse(lines[0]!) as { msg: string }).msg, 'cloning');
});
