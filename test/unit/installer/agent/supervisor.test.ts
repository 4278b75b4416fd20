import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isAlive, processStart } from '../../../../lib/installer/agent/supervisor/process-identity.ts';
import { rotateServiceLog } from '../../../../lib/installer/agent/supervisor/service-log.ts';
import type { ServiceSpec } from '../../../../lib/installer/agent/supervisor/service.ts';
import { askSupervisor, withSupervisor } from '../../../../lib/installer/agent/supervisor/supervisor-client.ts';
import { eventually } from '../../../support/eventually.ts';

const supervisorModule = new URL('../../../../lib/installer/agent/supervisor/supervisor.ts', import.meta.url).href;

/** A supervisor with short pauses, as a real process of its own, in a folder of its own. */
function rig() {
  const runDir = mkdtempSync(join(tmpdir(), 'oo-sup-'));
  const code = `const { runSupervisor } = await import(${JSON.stringify(supervisorModule)});
    await runSupervisor(process.argv[1], { base: 20, cap: 200, stable: 60000 }); process.exit(0);`;
  const command = [process.execPath, '--input-type=module', '-e', code];
  const spec = (script: string, grace = 5000): ServiceSpec => ({
    name: 'demo',
    argv: ['/bin/sh', '-c', script],
    env: { PATH: process.env['PATH'] ?? '' },
    log: join(runDir, 'log', 'demo.log'),
    grace,
  });
  const status = async () => (await askSupervisor(runDir, { op: 'list' }))?.find((service) => service.name === 'demo');
  return {
    runDir,
    spec,
    status,
    start: (script: string, grace?: number) => withSupervisor(runDir, command, { op: 'start', spec: spec(script, grace) }),
    again: () => withSupervisor(runDir, command, { op: 'list' }),
    stop: () => askSupervisor(runDir, { op: 'stop', name: 'demo' }),
    async [Symbol.asyncDispose]() {
      await askSupervisor(runDir, { op: 'stop', name: 'demo' }).catch(() => undefined);
      rmSync(runDir, { recursive: true, force: true });
    },
  };
}

test('a crash is started again with growing pauses, and the reason is told', async () => {
  await using r = rig();
  await r.start(`date +%s%N >> ${r.runDir}/starts; exit 3`);
  await eventually(async () => assert.ok(((await r.status())?.restarts ?? 0) >= 4));
  const status = await r.status();
  assert.match(status?.reason ?? '', /^(ended with status 3; next start in [\d.]+ s|)$/);
  // A start is counted before its process has written anything.
  const starts = await eventually(() => {
    const times = readFileSync(join(r.runDir, 'starts'), 'utf8').trim().split('\n').map(BigInt);
    assert.ok(times.length >= 5, `${times.length} starts were written down`);
    return times;
  });
  const pause = (n: number) => Number((starts[n + 1]! - starts[n]!) / 1_000_000n);
  assert.ok(pause(2) >= 79, `third pause ${pause(2)} ms, fourth ${pause(3)} ms`);
  assert.ok(pause(3) >= 159);
});

test('stopping sends SIGTERM first, waits for the clean end, and the supervisor itself goes when nothing is left', async () => {
  await using r = rig();
  await r.start(`trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.05; done`);
  const log = join(r.runDir, 'log', 'demo.log');
  await eventually(() => assert.match(readFileSync(log, 'utf8'), /up/));
  await r.stop();
  assert.match(readFileSync(log, 'utf8'), /bye/);
  assert.equal(statSync(log).mode & 0o777, 0o640);
  await eventually(() => assert.equal(existsSync(join(r.runDir, 'supervisor.sock')), false));
});

test('a service that ignores SIGTERM is killed after its grace', async () => {
  await using r = rig();
  const [service] = await r.start(`trap '' TERM; echo up; while :; do sleep 0.05; done`, 100);
  await eventually(() => assert.match(readFileSync(join(r.runDir, 'log', 'demo.log'), 'utf8'), /up/));
  await r.stop();
  assert.equal(processStart(service!.pid), undefined);
});

test('the service outlives a killed supervisor, and the next one adopts the same process', async () => {
  await using r = rig();
  const [before] = await r.start(`while :; do sleep 0.05; done`);
  const start = processStart(before!.pid)!;
  // The supervisor is the parent that the service was started by.
  const parent = Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${before!.pid}/status`, 'utf8'))?.[1]);
  process.kill(parent, 'SIGKILL');
  await eventually(async () => assert.equal(await askSupervisor(r.runDir, { op: 'list' }), undefined));
  assert.ok(isAlive(before!.pid, start));
  await r.again();
  assert.equal((await r.status())?.pid, before!.pid);
  process.kill(before!.pid, 'SIGKILL');
  await eventually(async () => assert.ok(((await r.status())?.restarts ?? 0) > 0, 'the adopted service is restarted too'));
});

test('a state file whose process number belongs to somebody else now is not taken for the service', async () => {
  await using r = rig();
  await using stranger = { child: spawn('sleep', ['60']), [Symbol.asyncDispose]: async () => void stranger.child.kill() };
  await r.start(`while :; do sleep 0.05; done`);
  const pid = (await r.status())!.pid;
  const parent = Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  process.kill(parent, 'SIGKILL');
  process.kill(pid, 'SIGKILL');
  await eventually(async () => assert.equal(await askSupervisor(r.runDir, { op: 'list' }), undefined));
  const file = join(r.runDir, 'services', 'demo.json');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), pid: stranger.child.pid }));
  await r.again();
  await eventually(async () => assert.equal((await r.status())?.running, true));
  assert.notEqual((await r.status())?.pid, stranger.child.pid);
});

test('a long log is turned over in place, and three old ones are kept', () => {
  const dir = mkdtempSync(join(tmpdir(), 'oo-log-'));
  const log = join(dir, 'x.log');
  for (let n = 1; n <= 6; n++) {
    writeFileSync(log, `${n}`.repeat(20));
    rotateServiceLog(log, 10);
  }
  assert.equal(statSync(log).size, 0);
  assert.deepEqual(
    [1, 2, 3].map((n) => readFileSync(`${log}.${n}`, 'utf8')[0]),
    ['6', '5', '4'],
  );
  assert.equal(existsSync(`${log}.4`), false);
  rmSync(dir, { recursive: true });
});
