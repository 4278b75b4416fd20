import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellWidth } from '../../../../../lib/installer/cli/progress/cell-width.ts';
import { noColours } from '../../../../../lib/installer/cli/progress/event-text.ts';
import { glyphsFor } from '../../../../../lib/installer/cli/progress/glyphs.ts';
import { statusTable } from '../../../../../lib/installer/cli/progress/status-table.ts';

const options = { paint: noColours, glyphs: glyphsFor({ LANG: 'C' }), width: 80 };
const well = { outcome: 'ready', seconds: 1, changes: 0, exitCode: 0, version: '0.1.0 (3f6c01b2a9d4)', pods: 12 };

test('states, versions and pods of several hosts stand below each other, in 80 cells', () => {
  const text = statusTable(
    [
      { ...well, host: 'web1', api: 'https://192.0.2.10:8443' },
      { ...well, host: 'a-server-with-a-long-name.example.org', outcome: 'starting', api: 'https://192.0.2.11:8443' },
      { host: 'web3', outcome: 'absent', seconds: 1, changes: 0, exitCode: 0, version: '' },
      { host: 'web4', outcome: 'failed', seconds: 1, changes: 0, exitCode: 4, code: 'SSH_UNREACHABLE', failure: 'connection' },
    ],
    options,
  );
  const lines = text.trimEnd().split('\n');
  for (const line of lines) assert.ok(cellWidth(line) <= 80, line);
  assert.match(lines[0]!, /^ +HOST +OPENSHIFT +VERSION +PODS +API$/);
  assert.match(lines[1]!, /web1 +ready +0\.1\.0 \(3f6c01b2a9d4\) +12 +https:\/\/192\.0\.2\.10:8443$/);
  assert.match(lines[2]!, /starting +0\.1\.0/);
  assert.match(lines[3]!, /web3 +absent$/);
  assert.match(lines[4]!, /web4 +unknown +SSH_UNREACHABLE \(4\)$/);
});
