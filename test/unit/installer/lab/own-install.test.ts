import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../../../../lib/common/clock.ts';
import type { LabFleetHost } from '../../../../lib/installer/lab/lab-fleet.ts';
import { waitForOwnInstall } from '../../../../lib/installer/lab/own-install.ts';
import { sshErrors } from '../../../../lib/installer/transport/ssh/ssh-errors.ts';
import type { Transport } from '../../../../lib/installer/transport/transport.ts';
import { ownSupplies } from '../../../support/own-supplies.ts';
import { RecordingReporter } from '../../../support/recording-reporter.ts';

const statusOf = (...stages: readonly (readonly [name: string, state: string, error?: string])[]): string =>
  JSON.stringify({ state: 'running', stages: stages.map(([name, state, error = '']) => ({ name, state, error })) });

/** A host that answers these texts, or fails so, one after the other; the last one for ever. It is asked for its status file, and for nothing else. */
function rig(...answers: readonly (string | Error)[]) {
  const reporter = new RecordingReporter();
  const asked: (readonly string[])[] = [];
  let closed = 0;
  const unexpected = () => assert.fail('nothing is changed on the host');
  const transport = (): Transport => ({
    name: 'ana-1',
    runScript: async (_script, args) => {
      const answer = answers[Math.min(asked.length, answers.length - 1)]!;
      asked.push(args);
      if (answer instanceof Error) throw answer;
      return answer;
    },
    place: unexpected,
    send: unexpected,
    connect: unexpected,
    close: async () => void closed++,
  });
  const host = { name: 'ana-1', attendee: 'ana', transport } as unknown as LabFleetHost;
  const supplies = ownSupplies(undefined as never);
  let now = 0;
  const clock: Clock = { now: () => now, monotonic: () => now, sleep: async (ms) => void (now += ms) };
  const wait = (seconds: number, signal = new AbortController().signal) =>
    waitForOwnInstall(host, { reporter, supplies, dryRun: false, takeLock: false, signal }, { patience: seconds * 1_000, clock });
  const told = () => reporter.of('progress').map(({ message }) => message);
  return { wait, told, reporter, asked, closed: () => closed };
}

test('a host whose user data says nothing of it has to be installed', async () => {
  const { wait, asked, closed } = rig('', statusOf(['cloud-init', 'done'], ['docker-volume', 'done']));
  assert.equal(await wait(60), false);
  assert.deepEqual(asked, [['/var/lib/oo-install-lab/status.json'], ['/var/lib/oo-install-lab/status.json']]);
  assert.equal(closed(), 1);
});

test('what it does is told once each: it boots, cannot be reached, installs, fails and tries again', async () => {
  const failed = statusOf(['cloud-init', 'done'], ['install', 'failed', 's3://b/k: 403 \u001b[31mAccessDenied']);
  const refused = sshErrors.SSH_REFUSED('ana-1', '203.0.113.7:22');
  const { wait, told } = rig(
    '',
    '',
    refused,
    'no JSON',
    statusOf(['install', 'waiting']),
    statusOf(['install', 'running']),
    failed,
  );
  await assert.rejects(wait(60), {
    code: 'LAB_HOST_NOT_INSTALLED',
    message: /^ana-1 has not installed itself within 1 minutes: .*403 .*AccessDenied/,
  });
  assert.deepEqual(
    told().map((text) => text.replace(/403 .*AccessDenied/, '403')),
    [
      'waiting: it boots, and cloud-init is at work',
      'waiting: ana-1: nothing listens on 203.0.113.7:22',
      'waiting: it boots, and cloud-init is at work',
      'waiting: it fetches the platform and installs it',
      'waiting: it failed, and tries again: s3://b/k: 403',
    ],
  );
  assert.ok(!told().join('').includes('\u001b'));
});

test('who is not let in is told at once; Ctrl-C is not waited for', async () => {
  const refused = sshErrors.SSH_AUTHENTICATION_REFUSED('ana-1', 'oo-install', 'publickey', 'publickey');
  await assert.rejects(rig(refused).wait(60), { code: 'SSH_AUTHENTICATION_REFUSED' });
  await assert.rejects(rig('').wait(60, AbortSignal.abort(new Error('Ctrl-C'))), { message: 'Ctrl-C' });
});
