import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContainerInspectInfo } from 'dockerode';
import { containerState } from '../../../../lib/platform/runtime/docker-container-state.ts';

const NEVER = '0001-01-01T00:00:00Z';
const CREATED = '2026-01-02T03:04:05Z';

/** As Docker's inspect tells of a container, with what a test is about laid over. */
const inspected = (state: Partial<ContainerInspectInfo['State']>): ContainerInspectInfo =>
  ({
    Id: 'c1',
    Name: '/c1',
    Created: CREATED,
    Image: 'sha256:1',
    Config: { Image: 'web', Labels: {} },
    HostConfig: {},
    State: { Status: 'created', ExitCode: 0, Error: '', Pid: 0, OOMKilled: false, StartedAt: NEVER, FinishedAt: NEVER, ...state },
  }) as unknown as ContainerInspectInfo;

test('a container that was made waits; one that ended has its times and its code', () => {
  const waiting = containerState(inspected({}));
  assert.deepEqual([waiting.status, waiting.exitCode, waiting.startedAt], ['created', undefined, undefined]);
  const [StartedAt, FinishedAt] = ['2026-01-02T03:04:06Z', '2026-01-02T03:04:07Z'];
  const ended = containerState(inspected({ Status: 'exited', StartedAt, FinishedAt }));
  assert.deepEqual(
    [ended.status, ended.exitCode, ended.startedAt, ended.finishedAt, ended.error],
    ['exited', 0, Date.parse(StartedAt), Date.parse(FinishedAt), undefined],
  );
});

test('one that could not be started has failed, at the time at which it was made', () => {
  const failed = containerState(inspected({ ExitCode: 127, Error: 'no such file: /serve' }));
  const at = Date.parse(CREATED);
  assert.deepEqual(
    [failed.status, failed.exitCode, failed.startedAt, failed.finishedAt, failed.error],
    ['exited', 127, at, at, 'no such file: /serve'],
  );
});

for (const Status of ['removing', 'dead'] as const)
  test(`one that is ${Status} and never ran is no success`, () => {
    const gone = containerState(inspected({ Status }));
    assert.deepEqual([gone.status, gone.exitCode, gone.finishedAt], ['exited', 128, Date.parse(CREATED)]);
    assert.match(gone.error!, /before it ran/);
  });
