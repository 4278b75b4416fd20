import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { silentLog } from '../../../../lib/common/log.ts';
import { newForbidden } from '../../../../lib/platform/api/status-error.ts';
import type { Client } from '../../../../lib/platform/client/client.ts';
import { inProcessClient } from '../../../../lib/platform/client/in-process-client.ts';
import { takeBack } from '../../../../lib/platform/registry/refused-push.ts';
import { type ApiUnderTest, startApi } from '../apiserver/api-under-test.ts';

let api: ApiUnderTest;
let client: Client;
const GROUP = { group: 'image.openshift.io', version: 'v1' };
const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const repository = 'shop/web';
/** What the registry was told to do, and what the project was told. */
const done: string[] = [];

before(async () => {
  api = await startApi();
  const name = 'system:openshift:registry';
  client = inProcessClient(api.api.verbs({ name, groups: ['system:authenticated'] }), name);
  const admin = inProcessClient(api.api.verbs({ name: 'admin', groups: ['system:masters'] }), 'admin');
  await admin.create(
    { group: '', version: 'v1', resource: 'namespaces' },
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
  );
  const at = { ...GROUP, namespace: 'shop' };
  await admin.create(
    { ...at, resource: 'imagestreams' },
    { apiVersion: 'image.openshift.io/v1', kind: 'ImageStream', metadata: { name: 'web' }, spec: {} },
  );
  await admin.create(
    { ...at, resource: 'imagestreammappings' },
    {
      apiVersion: 'image.openshift.io/v1',
      kind: 'ImageStreamMapping',
      metadata: { name: 'web', namespace: 'shop' },
      tag: 'v1',
      image: {
        metadata: { name: digest('a'), annotations: { 'image.openshift.io/pushed-as': `${repository}:v1` } },
        dockerImageReference: `172.30.0.5:5000/${repository}@${digest('a')}`,
      },
    },
  );
});
after(() => api[Symbol.asyncDispose]());

const TOO_LARGE = newForbidden(
  { ...GROUP, resource: 'imagestreammappings' },
  'web',
  'requested usage of storage exceeds the maximum limit per openshift.io/Image (2 > 1)',
);

async function back(tag: string, letter: string, error: unknown = TOO_LARGE, fails = false): Promise<string[]> {
  done.length = 0;
  const short = (text: string): string => text.at(-1)!;
  const connection = {
    forget: (of: string, what: string) => {
      done.push(`forget ${of} ${short(what)}`);
      return fails ? Promise.reject(new Error('away')) : Promise.resolve(true);
    },
    tag: (of: string, name: string, what: string) => {
      done.push(`tag ${of}:${name} ${short(what)}`);
      return Promise.resolve();
    },
  };
  const recorder = {
    event: (about: { metadata: { name?: string } }, type: string, reason: string, message: string) =>
      void done.push(`${type} ${reason} ${about.metadata.name} ${message.includes('2 > 1')}`),
  };
  await takeBack({ client, connection, recorder, log: silentLog }, { repository, tag, digest: digest(letter) }, error);
  return [...done];
}

test('a push that a limit refuses is forgotten, its tag is what it was, and an event says why', async () => {
  assert.deepEqual(await back('v1', 'b'), ['forget shop/web b', 'tag shop/web:v1 a', 'Warning PushRefused web true']);
  assert.deepEqual(await back('v2', 'b'), ['forget shop/web b', 'Warning PushRefused web true']);
});

test('an image that came before there was a limit stays, and so does one that something else refuses', async () => {
  assert.deepEqual(await back('v2', 'a'), ['Warning PushRefused web true']);
  assert.deepEqual(await back('v1', 'b', newForbidden({ group: '', resource: 'x' }, 'y', 'no reason')), []);
  assert.deepEqual(await back('v1', 'b', new Error('away')), []);
});

test('a registry that is away is no reason to stop', async () => {
  assert.deepEqual(await back('v1', 'b', TOO_LARGE, true), ['forget shop/web b']);
});
