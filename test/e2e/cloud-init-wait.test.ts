import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { ProgressEvent } from '../../lib/installer/progress-event.ts';
import { CHECKOUT, ooInstall, startHostWithCheckout } from '../support/checkout-on-host.ts';
import { eventually } from '../support/eventually.ts';

// Servers that have just been made: ssh answers, and cloud-init (the real one, with its seed on the disk) still works.

const events = (text: string): ProgressEvent[] =>
  text
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as ProgressEvent);

const busy = await startHostWithCheckout({
  variant: 'cloud-init-equipped',
  userData: '#cloud-config\nruncmd:\n  - [sh, -c, "until [ -e /root/go ]; do sleep 0.2; done"]\n',
});
after(() => busy.dispose());

test('check tells that cloud-init still works, and where it is', async () => {
  await eventually(
    async () => {
      const { stdout } = await ooInstall(busy, ['check', 'localhost', '--json']);
      const found = events(stdout).find((event) => event.event === 'finding' && event.check === 'cloud-init');
      assert.ok(found?.event === 'finding' && found.level === 'warning', stdout);
      assert.match(found.message, /cloud-init still works \(modules-final\)/);
    },
    { timeout: 60_000 },
  );
});

test('a wait that is bounded shorter ends with how to go on, and nothing is changed', async () => {
  const result = await ooInstall(busy, ['localhost', '--wait', '3']);
  assert.equal(result.code, 3, result.stdout + result.stderr);
  assert.match(result.stderr, /cloud-init was still at work after \d+ seconds, at modules-final/);
  assert.match(result.stderr, /--wait SECONDS .*CLOUD_INIT_TIMEOUT/s);
  assert.match(result.stdout, /waiting for cloud-init to end, it is at modules-final \(\d+ s\)/);
  assert.notEqual((await busy.exec(['test', '-e', '/opt/oo-install'], { anyCode: true })).code, 0);
});

test('the wait can be ended by Ctrl-C at once', async () => {
  await busy.shell(
    `cd ${CHECKOUT} && (bin/oo-install localhost --images none --json >/root/cut.jsonl 2>&1; echo $? >/root/cut.code) >/dev/null 2>&1 </dev/null &`,
  );
  await eventually(async () => assert.match((await busy.exec(['cat', '/root/cut.jsonl'])).stdout, /waiting for cloud-init/), {
    timeout: 30_000,
  });
  const begin = performance.now();
  await busy.shell(`pkill -INT -f 'oo-install[.]ts localhost'`);
  await eventually(async () => assert.equal((await busy.exec(['cat', '/root/cut.code'])).stdout.trim(), '130'), {
    timeout: 20_000,
  });
  assert.ok(performance.now() - begin < 15_000);
});

test('the installation waits, tells for how long, looks once more, and goes on', async () => {
  await busy.shell(
    `cd ${CHECKOUT} && (bin/oo-install localhost --images none --json >/root/out.jsonl 2>&1; echo $? >/root/out.code) >/dev/null 2>&1 </dev/null &`,
  );
  await eventually(async () => assert.match((await busy.exec(['cat', '/root/out.jsonl'])).stdout, /waiting for cloud-init/), {
    timeout: 30_000,
  });
  await busy.exec(['touch', '/root/go']);
  await eventually(async () => assert.equal((await busy.exec(['cat', '/root/out.code'])).stdout.trim(), '0'), {
    timeout: 240_000,
  });
  const all = events((await busy.exec(['cat', '/root/out.jsonl'])).stdout);
  const at = (is: (event: ProgressEvent) => boolean) => all.findIndex(is);
  const waited = at((event) => event.event === 'phase' && event.phase === 'wait-for-host' && event.state === 'done');
  const judged = at((event) => event.event === 'finding');
  const changed = at((event) => event.event === 'change');
  assert.ok(judged >= 0 && judged < waited && waited < changed, `judged ${judged}, waited ${waited}, changed ${changed}`);
  const cloudInit = all.find((event) => event.event === 'finding' && event.check === 'cloud-init');
  assert.ok(cloudInit?.event === 'finding' && cloudInit.message === 'has ended', JSON.stringify(cloudInit));
});

test('again: nothing is waited for', async () => {
  const { stdout, code } = await ooInstall(busy, ['localhost', '--json']);
  assert.equal(code, 0, stdout);
  const wait = events(stdout).filter((event) => event.event === 'phase' && event.phase === 'wait-for-host');
  assert.deepEqual(
    wait.map((event) => event.event === 'phase' && event.state),
    ['running', 'unchanged'],
  );
});

test('a cloud-init that failed is told with its words, and not waited for', async () => {
  await using failed = await startHostWithCheckout({
    variant: 'cloud-init-equipped',
    userData: '#cloud-config\nruncmd:\n  - [sh, -c, "exit 7"]\n',
  });
  await eventually(
    async () => {
      const { stdout } = await ooInstall(failed, ['check', 'localhost', '--json']);
      assert.match(stdout, /cloud-init ended with errors: .*(scripts|runcmd)/i);
    },
    { timeout: 60_000 },
  );
});
