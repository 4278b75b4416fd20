import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { packageRoot } from '../../lib/common/assets.ts';
import { stateHome } from '../../lib/installer/lab/state/state-folder.ts';
import { paperCloud } from '../support/lab/paper-cloud.ts';
import { type PaperCommand, runOnPaper } from '../support/lab/paper-lab.ts';
import { runCommand } from '../support/run-command.ts';

const home = mkdtempSync(join(tmpdir(), 'oo-test-'));
after(() => rmSync(home, { recursive: true, force: true }));
process.env['XDG_STATE_HOME'] = home;
const folder = join(home, 'cloud');
const argument = 'attendees: [ana, ben]';

async function killed(command: PaperCommand, step: string): Promise<void> {
  const program = join(packageRoot(), 'test', 'support', 'lab', 'run-and-die.ts');
  const { code } = await runCommand([process.execPath, program, folder, command, step, argument], { anyCode: true });
  assert.equal(code, 137, `${command} was to be killed before ${step}`);
}

test('a process that is killed at work on a lab leaves it so that the same command goes on: no lock, no key, no host is left behind', async () => {
  mkdirSync(folder);
  const cloud = paperCloud({ folder });
  for (const step of ['up: network', 'up: make ana-1', 'up: start ben-1', 'install: ben-1']) await killed('up', step);
  const up = await runOnPaper('up', { folder, argument });
  assert.equal(up.status, 0, up.message);
  assert.equal(cloud.paper().made, 2);
  assert.equal((await runOnPaper('status', { folder })).status, 0);
  for (const step of ['down: remove ben-1', 'audit: all']) await killed('down', step);
  assert.equal((await runOnPaper('down', { folder })).status, 0);
  assert.deepEqual([cloud.paper().network, cloud.paper().hosts], [false, {}]);
  assert.deepEqual(readdirSync(join(stateHome(), 'labs')), []);
});
