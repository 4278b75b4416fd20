import assert from 'node:assert/strict';
import { test } from 'node:test';
import { transferProgress } from '../../../../lib/installer/transport/transfer-progress.ts';

test('a transfer is told once a second, in megabytes, and not at its end', () => {
  const lines: string[] = [];
  let time = 0;
  const progress = transferProgress(
    149_700_000,
    (line) => lines.push(line),
    () => time,
  );
  for (const bytes of [0, 30_000_000, 60_000_000, 90_000_000, 120_000_000, 149_700_000]) {
    progress(bytes);
    time += 500;
  }
  assert.deepEqual(lines, ['sent 60 of 150 MB', 'sent 120 of 150 MB']);
});
