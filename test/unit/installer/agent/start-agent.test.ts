import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startAgent } from '../../../../lib/installer/agent/start-agent.ts';
import { startDetached } from '../../../../lib/installer/agent/start-detached.ts';
import { eventually } from '../../../support/eventually.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

/** A systemd that answers by the first word of what it is asked, and keeps what that was. */
async function underSystemd(answers: Record<string, { code?: number; stdout?: string; stderr?: string }>) {
  const asked: string[] = [];
  const clock = new FakeClock();
  const run = async (argv: readonly string[]) => {
    asked.push(argv.join(' '));
    return { code: 0, stdout: '', stderr: '', ...answers[argv[0]!] };
  };
  const agent = await startAgent({ runDir: '/nowhere', systemd: true, run, clock });
  return { agent, asked, answers, clock };
}

test('under systemd it is a unit, which is asked about only when the agent takes long, and whose journal tells why it ended', async () => {
  const r = await underSystemd({ systemctl: { stdout: 'active\n' }, journalctl: { stdout: 'no room\nFailed.\n' } });
  assert.match(r.asked[0]!, /^systemd-run .*--unit=oo-install-agent .* serve$/);
  assert.equal(await r.agent.ended(), undefined);
  assert.equal(r.asked.length, 1, 'no program is started for an agent that is there at once');
  await r.clock.advance(1000);
  assert.equal(await r.agent.ended(), undefined);
  assert.deepEqual(r.asked.slice(1), ['systemctl is-active oo-install-agent.service']);
  await r.clock.advance(1000);
  r.answers['systemctl'] = { code: 1, stderr: 'Failed to connect to bus: Connection timed out' };
  assert.equal(await r.agent.ended(), undefined, 'a systemd that does not answer has not said that it ended');
  await r.clock.advance(1000);
  r.answers['systemctl'] = { code: 3, stdout: 'inactive\n' };
  assert.equal(await r.agent.ended(), 'no room; Failed.');
  assert.equal(r.agent.log, 'journalctl -u oo-install-agent');
});

test('a unit that is there already is waited for: no second agent is started beside it', async () => {
  const stderr =
    'Failed to start transient service unit: Unit oo-install-agent.service was already loaded or has a fragment file.';
  const r = await underSystemd({ 'systemd-run': { code: 1, stderr }, systemctl: { stdout: 'deactivating\n' } });
  await r.clock.advance(1000);
  assert.equal(await r.agent.ended(), undefined);
  assert.deepEqual(
    r.asked.map((line) => line.split(' ')[0]),
    ['systemd-run', 'systemctl'],
  );
});

test('a program that ends is told with its status, and with what this one wrote into the log', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'oo-start-'));
  const log = join(dir, 'demo.log');
  appendFileSync(log, 'an older word\n');
  const failed = startDetached(['/bin/sh', '-c', 'echo no room; exit 3'], log);
  assert.equal(await eventually(async () => (await failed.ended()) ?? false), 'it ended with status 3: no room');
  const missing = startDetached([join(dir, 'missing')], log);
  assert.match(String(await eventually(async () => (await missing.ended()) ?? false)), /ENOENT/);
  rmSync(dir, { recursive: true });
});
