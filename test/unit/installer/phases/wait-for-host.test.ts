import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstallContext } from '../../../../lib/installer/phases/context.ts';
import { waitForHost } from '../../../../lib/installer/phases/wait-for-host.ts';
import type { Facts } from '../../../../lib/installer/transport/facts.ts';
import { testFacts } from '../../../support/probe-output.ts';
import { ScriptedHost } from '../../../support/scripted-host.ts';

const settings = { nodeName: 'server1', advertiseAddress: '192.0.2.10', dataDir: '/var/lib/openshift', port: 8443 };
const running = (stage: string) => testFacts({}, ['cloud-init=running', `cloud-init.stage=${stage}`]);
const done = testFacts({}, ['cloud-init=done']);

function contextOf(facts: Facts, more: Partial<InstallContext> = {}) {
  const renewed: Facts[] = [];
  const context: InstallContext = {
    facts,
    settings,
    artifacts: () => assert.fail('nothing is put in place'),
    images: () => assert.fail('nothing is put in place'),
    platformImages: async () => ({ images: [], isDefault: true }),
    packages: {
      mode: 'host',
      supply: { readiness: async () => 'not', archive: async () => undefined, check: async () => undefined },
    },
    build: () => assert.fail('nothing is put in place'),
    changed: { platform: false },
    renew: (found) => void renewed.push(found),
    ...more,
  };
  return { context, renewed };
}

test('a server without cloud-init, and one whose cloud-init has ended or failed, are not waited for', async () => {
  assert.equal(waitForHost.select?.(contextOf(testFacts()).context), false);
  for (const state of ['done', 'failed']) {
    const { context } = contextOf(testFacts({}, [`cloud-init=${state}`]));
    assert.equal(await waitForHost.isDone(new ScriptedHost(context.facts), context), true, state);
  }
});

test('cloud-init is waited for with its stage and the seconds, and what is found then counts', async () => {
  const { context, renewed } = contextOf(running('init'));
  const host = new ScriptedHost(context.facts).becomes(running('modules-final'), done);
  assert.equal(await waitForHost.isDone(host, context), false);
  await waitForHost.apply(host, context);
  const lines = host.lines.map((line) => line.replace(/\(\d+ s\)/, '(N s)'));
  assert.deepEqual(lines, [
    'waiting for cloud-init to end, it is at init (N s)',
    'waiting for cloud-init to end, it is at modules-final (N s)',
  ]);
  assert.deepEqual([renewed, host.told], [[done], []]);
});

test('a wait that takes too long ends with how to go on', async () => {
  const { context } = contextOf(running('modules-config'), { settings: { ...settings, wait: 0.4 } });
  const host = new ScriptedHost(context.facts);
  host.probe = async () => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    return running('modules-config');
  };
  await assert.rejects(waitForHost.apply(host, context), {
    code: 'CLOUD_INIT_TIMEOUT',
    failure: 'preflight',
    message: /still at work after \d+ seconds?, at modules-config/,
    hint: /--wait SECONDS .* --wait 0/,
  });
});

test('the person who waits may go at once, while a look is still on its way', async () => {
  const abort = new AbortController();
  const { context, renewed } = contextOf(running('init'), { signal: abort.signal });
  const host = new ScriptedHost(context.facts);
  host.probe = () => {
    setImmediate(() => abort.abort(new Error('enough')));
    return new Promise(() => undefined);
  };
  await assert.rejects(waitForHost.apply(host, context), /enough/);
  assert.deepEqual(renewed, []);
});

test('--wait 0 goes on, and a dry run only tells', async () => {
  assert.equal(waitForHost.select?.(contextOf(running('init'), { settings: { ...settings, wait: 0 } }).context), false);
  const { context, renewed } = contextOf(running('init'));
  const host = new ScriptedHost(context.facts, { dryRun: true });
  await waitForHost.apply(host, context);
  assert.match(host.notes.join(), /would wait for it first/);
  assert.deepEqual(renewed, []);
});
