import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../lib/common/clock.ts';
import { createLog } from '../../lib/common/log.ts';
import { openArchive } from '../../lib/platform/builds/engine/source/archive.ts';
import { BuildCgroups } from '../../lib/platform/node/builds/cgroups/build-cgroups.ts';
import { dockerImageRuntime } from '../../lib/platform/runtime/docker-image-runtime.ts';
import { dockerRuntime } from '../../lib/platform/runtime/docker.ts';
import { patient } from '../support/patience.ts';
import { runCommand } from '../support/run-command.ts';
import { importImage } from '../support/sti-images.ts';

const DOCKER = { socketPath: '/var/run/docker.sock' };
const BASE = `oo-test/processes-${process.pid}:latest`;
/** Each ends by itself, so that a machine without a bound outlives this too. */
const MANY = `trap 'echo ended at $i' EXIT; i=0; while [ $i -lt 10000 ]; do sleep 20 & i=$((i+1)); done`;

test('a RUN that starts one process after the other fails at its bound, and no cgroup stays', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'oo-build-processes-'));
  await importImage(BASE, {});
  const cgroups = new BuildCgroups({
    engine: () => dockerRuntime(DOCKER).version(),
    folder,
    clock: systemClock,
    log: createLog({ name: 'build-processes-test', level: 'warn' }),
  });
  const context = openArchive();
  const text = `FROM ${BASE}\nRUN ${MANY}\n`;
  await context.add({ name: 'Dockerfile', size: text.length, mode: 0o644 }, text);
  context.end();
  const lines: string[] = [];
  const on = { line: (line: string) => void lines.push(line), image: () => undefined };
  let used: string | undefined;
  try {
    const build = cgroups.within(100, (cgroupParent) => {
      assert.ok(cgroupParent, 'this machine lets us make a cgroup');
      used = cgroupParent.replace('/', '');
      const options = {
        dockerfile: 'Dockerfile',
        buildArgs: {},
        network: 'none',
        limits: {},
        cacheFrom: [],
        cgroupParent,
      } as const;
      return dockerImageRuntime(DOCKER).build(options, context.stream, on, AbortSignal.timeout(patient(110_000)));
    });
    await assert.rejects(build, /returned a non-zero code: 2/, lines.join('\n'));
    const log = lines.join('\n');
    assert.match(log, /can't fork/);
    // The engine hears of both outputs at once: the end of what the shell says may come behind the beginning of this line.
    const started = Number(/ended at (\d+)/.exec(log)?.[1]);
    assert.ok(started > 80 && started < 100, `${started} processes were started: ${log}`);
    const find = ['find', '/sys/fs/cgroup', '-maxdepth', '2', '-name', used!];
    assert.deepEqual([readdirSync(folder), (await runCommand(find, { anyCode: true })).stdout], [[], '']);
  } finally {
    await runCommand(['docker', 'rmi', '-f', BASE], { anyCode: true });
    rmSync(folder, { recursive: true });
  }
});
