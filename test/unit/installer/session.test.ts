import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openSession, type SessionOptions, settingsFor } from '../../../lib/installer/session.ts';
import { prepareSupplies } from '../../../lib/installer/supplies.ts';
import { dockerRunning, testFacts } from '../../support/probe-output.ts';
import { RecordingReporter } from '../../support/recording-reporter.ts';
import { ScriptedServer } from '../../support/scripted-server.ts';

/** Which of the platform's own images a server is to have that has `router` and an image of somebody else's. */
async function chosen(images: SessionOptions['images']): Promise<{ names: string[]; begun: string[]; isDefault: boolean }> {
  const begun: string[] = [];
  const supplies = {
    ...prepareSupplies({ cacheDir: join(tmpdir(), 'no-such-cache') }),
    artifacts: () => Promise.reject(new Error('not needed')),
    platformImageNames: async () => ['registry', 'router'],
    platformImage: async (name: string) => {
      begun.push(name);
      throw new Error(`${name} cannot be built`);
    },
  };
  const session = openSession({
    transport: new ScriptedServer(dockerRunning),
    reporter: new RecordingReporter(),
    dryRun: true,
    takeLock: false,
    supplies,
    ...(images === undefined ? {} : { images }),
  });
  const facts = testFacts(dockerRunning, ['docker.image=openshift/router:latest sha256:aa', 'docker.image=php:8 sha256:bb']);
  const found = await session.context(facts).platformImages();
  return { names: found.images.map(({ reference }) => reference), begun, isDefault: found.isDefault };
}

test('which images a server gets: none unless somebody says so, all that are to be had, those that it has, or those that are named', async () => {
  assert.deepEqual(await chosen(undefined), { names: [], begun: [], isDefault: false });
  const all = ['openshift/registry:latest', 'openshift/router:latest'];
  assert.deepEqual(await chosen('all'), { names: all, begun: ['registry', 'router'], isDefault: true });
  assert.deepEqual(await chosen('present'), { names: ['openshift/router:latest'], begun: ['router'], isDefault: true });
  // One that is not to be had fails when it is waited for, and not before.
  assert.deepEqual(await chosen(['php']), { names: ['openshift/php:latest'], begun: ['php'], isDefault: false });
});

test('what is said of a server comes before what is found of it', () => {
  const facts = testFacts(dockerRunning);
  const { nodeName, port, domain } = settingsFor(facts, {});
  assert.deepEqual([nodeName, port, domain], [facts.hostname.toLowerCase(), 8443, undefined]);
  const said = settingsFor(facts, { nodeName: 'n1', port: 6443, domain: 'apps.example.com' });
  assert.deepEqual([said.nodeName, said.port, said.domain], ['n1', 6443, 'apps.example.com']);
  assert.throws(() => settingsFor(facts, { nodeName: 'Über' }), { code: 'NODE_NAME_INVALID' });
});
