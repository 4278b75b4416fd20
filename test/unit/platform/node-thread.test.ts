import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../../lib/common/log.ts';
import type { NodeSettings } from '../../../lib/platform/node/node.ts';
import { startNodeThread } from '../../../lib/platform/node-thread.ts';
import { eventually } from '../../support/eventually.ts';

test('a node that dies of an error is told of and started again: the daemon goes on', async () => {
  const log = createLog({ name: 'node-thread-test', level: 'silent' });
  const reasons: string[] = [];
  log.error = ((fields: { reason: string }) => void reasons.push(fields.reason)) as typeof log.error;
  // Where nothing is that it needs.
  const thread = startNodeThread({ dataDir: '/nonexistent' } as NodeSettings, { log });
  try {
    await eventually(() => assert.ok(reasons.length >= 2, `${reasons.length} ends`), { timeout: 30_000 });
    assert.match(reasons[0]!, /Error/);
  } finally {
    await thread.stop();
  }
});
