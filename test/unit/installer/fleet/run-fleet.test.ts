import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FailureClass, OoError } from '../../../../lib/common/errors.ts';
import { exitCodes } from '../../../../lib/installer/cli/exit-codes.ts';
import { failureOf } from '../../../../lib/installer/cli/failure.ts';
import type { FleetHost } from '../../../../lib/installer/fleet/fleet-host.ts';
import { type FleetRun, runFleet } from '../../../../lib/installer/fleet/run-fleet.ts';
import { severity, summarize } from '../../../../lib/installer/fleet/summarize.ts';
import type { EventBody } from '../../../../lib/installer/progress-event.ts';
import { RecordingReporter } from '../../../support/recording-reporter.ts';

const hostsOf = (...names: string[]): FleetHost[] =>
  names.map((name) => ({ name, route: name, isLocal: false, transport: () => assert.fail('no host is reached') }));

function start(hosts: FleetHost[], run: FleetRun['run'], parallel = 10, ending = new AbortController()) {
  const reporter = new RecordingReporter();
  const failure = (error: unknown, host: string) => failureOf(error, host, { aborted: ending.signal.aborted, verbose: false });
  return { reporter, rows: runFleet(hosts, { parallel, reporter, signal: ending.signal, run, failureOf: failure }) };
}

const result = (host: string): EventBody => {
  return { event: 'result', host, command: 'install', outcome: 'installed', seconds: 1, changes: 3, api: `https://${host}:8443` };
};

test('one failure stops no other host, and every host has its row, in the order in which they were named', async () => {
  const { reporter, rows } = start(hostsOf('a', 'b', 'c'), async ({ name }, events) => {
    events.report({ event: 'change', host: name, phase: 'p', description: 'd' });
    if (name === 'a') throw new OoError('DISK_FULL', 'preflight', 'no room');
    if (name === 'b') throw new TypeError('a bug');
    events.report(result(name));
  });
  assert.deepEqual(
    (await rows).map(({ seconds: _, ...row }) => row),
    [
      { host: 'a', outcome: 'failed', changes: 1, exitCode: 3, code: 'DISK_FULL', failure: 'preflight' },
      { host: 'b', outcome: 'failed', changes: 1, exitCode: 1, code: 'UNEXPECTED', failure: 'internal' },
      { host: 'c', outcome: 'installed', changes: 3, exitCode: 0, api: 'https://c:8443' },
    ],
  );
  assert.deepEqual(
    reporter.of('failed').map(({ host, code }) => [host, code]),
    [
      ['a', 'DISK_FULL'],
      ['b', 'UNEXPECTED'],
    ],
  );
});

test('no more hosts are worked on at once than were asked for, and no fewer while some wait', async () => {
  const gates = new Map<string, () => void>();
  const { rows } = start(hostsOf('a', 'b', 'c', 'd'), ({ name }) => new Promise<void>((resolve) => gates.set(name, resolve)), 2);
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  await settle();
  assert.deepEqual([...gates.keys()], ['a', 'b']);
  gates.get('b')!();
  await settle();
  assert.deepEqual([...gates.keys()], ['a', 'b', 'c']);
  for (const name of ['a', 'c']) gates.get(name)!();
  await settle();
  gates.get('d')!();
  assert.equal((await rows).length, 4);
});

test('an interruption ends those at work, begins no other, and all say so', async () => {
  const ending = new AbortController();
  const begun: string[] = [];
  const run: FleetRun['run'] = async ({ name }, events) => {
    begun.push(name);
    events.report({ event: 'change', host: name, phase: 'p', description: 'd' });
    ending.abort(new Error('interrupted'));
    ending.signal.throwIfAborted();
  };
  const { reporter, rows } = start(hostsOf('a', 'b', 'c'), run, 1, ending);
  assert.deepEqual(
    (await rows).map(({ outcome, exitCode, changes }) => [outcome, exitCode, changes]),
    [
      ['interrupted', 130, 1],
      ['interrupted', 130, 0],
      ['interrupted', 130, 0],
    ],
  );
  assert.deepEqual(begun, ['a']);
  assert.match(reporter.of('failed')[2]!.message, /before c was touched/);
});

test('the exit status is that of the worst class', () => {
  const row = (failure: FailureClass) => {
    return { host: failure, outcome: 'failed', seconds: 1, changes: 0, code: 'X', failure, exitCode: exitCodes[failure] };
  };
  const well = { host: 'h', outcome: 'installed', seconds: 1, changes: 0, exitCode: 0 };
  assert.deepEqual([...severity].sort(), Object.keys(exitCodes).sort());
  for (const [index, failure] of severity.entries()) {
    const rows = [well, ...severity.slice(index).reverse().map(row)];
    assert.equal(summarize('install', rows, 1).exitCode, exitCodes[failure]);
  }
  const { succeeded, failed, exitCode } = summarize('install', [well, well], 1);
  assert.deepEqual([succeeded, failed, exitCode], [2, 0, 0]);
});
