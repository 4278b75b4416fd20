import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ApiUnderTest } from './api-under-test.ts';
import { BuildsUnderTest, CONFIGS, BUILDS, SOURCE } from './builds-under-test.ts';

let builds: BuildsUnderTest;
let t: ApiUnderTest;

before(async () => {
  builds = await BuildsUnderTest.start();
  ({ t } = builds);
});
after(() => builds.stop());

test('instantiate makes builds with rising numbers', async () => {
  await builds.create('numbers', { completionDeadlineSeconds: 60 });
  const body = { metadata: { name: 'numbers' }, env: [{ name: 'MODE', value: 'test' }], triggeredBy: [{ message: 'by hand' }] };
  const first = await t.call('POST', `${CONFIGS}/numbers/instantiate`, { body });
  assert.equal(first.code, 201, first.text);
  assert.equal(first.body.metadata.name, 'numbers-1');
  assert.equal(first.body.metadata.labels['openshift.io/build-config.name'], 'numbers');
  assert.equal(first.body.metadata.labels.buildconfig, 'numbers');
  assert.equal(first.body.metadata.labels.app, 'shop');
  assert.equal(first.body.metadata.annotations['openshift.io/build.number'], '1');
  assert.equal(first.body.metadata.ownerReferences[0].kind, 'BuildConfig');
  assert.equal(first.body.spec.serviceAccount, 'builder');
  assert.equal(first.body.spec.completionDeadlineSeconds, 60);
  assert.deepEqual(first.body.spec.strategy.sourceStrategy.env, [{ name: 'MODE', value: 'test' }]);
  assert.deepEqual(first.body.spec.triggeredBy, [{ message: 'by hand' }]);
  assert.equal(first.body.status.phase, 'New');
  const many = await Promise.all(Array.from({ length: 8 }, () => t.call('POST', `${CONFIGS}/numbers/instantiate`, { body })));
  const names = many.map((each) => each.body.metadata.name).sort();
  assert.deepEqual(
    names,
    Array.from({ length: 8 }, (_, i) => `numbers-${i + 2}`),
  );
  assert.equal((await t.call('GET', `${CONFIGS}/numbers`)).body.status.lastVersion, 9);
  // Who writes an old copy back does not take numbers back.
  const old = await t.call('GET', `${CONFIGS}/numbers`);
  await t.call('PUT', `${CONFIGS}/numbers`, { body: { ...old.body, metadata: { name: 'numbers' }, status: { lastVersion: 1 } } });
  assert.equal((await t.call('GET', `${CONFIGS}/numbers`)).body.status.lastVersion, 9);
  const late = await t.call('POST', `${CONFIGS}/numbers/instantiate`, { body: { ...body, lastVersion: 3 } });
  assert.equal(late.code, 409);
});

test('a paused config makes no builds, and a tag that is not there is named', async () => {
  await builds.create('paused');
  await t.call('PATCH', `${CONFIGS}/paused`, {
    body: { metadata: { annotations: { 'openshift.io/build-config.paused': 'true' } } },
  });
  const { code, body } = await t.call('POST', `${CONFIGS}/paused/instantiate`, { body: { metadata: { name: 'paused' } } });
  assert.deepEqual([code, body.message], [400, "can't instantiate from BuildConfig default/paused: BuildConfig is paused"]);
});

test('a build is cancelled through itself, and nothing else of it changes', async () => {
  await builds.create('cancelled');
  const { body: build } = await t.call('POST', `${CONFIGS}/cancelled/instantiate`, { body: { metadata: { name: 'cancelled' } } });
  const forged = { ...build, status: { phase: 'Complete', cancelled: true, outputDockerImageReference: 'evil' } };
  const { body } = await t.call('PUT', `${BUILDS}/cancelled-1`, { body: forged });
  assert.deepEqual(body.status, { phase: 'New', cancelled: true, config: build.status.config });
  const other = await t.call('PUT', `${BUILDS}/cancelled-1`, {
    body: { ...body, spec: { ...body.spec, serviceAccount: 'root' } },
  });
  assert.equal(other.code, 422);
  assert.ok(other.body.message.includes('spec is immutable'));
  const told = { ...body, status: { phase: 'Cancelled', reason: 'CancelledBuild' } };
  assert.equal((await t.call('PUT', `${BUILDS}/cancelled-1/details`, { body: told })).code, 200);
  const { body: ended } = await t.call('GET', `${BUILDS}/cancelled-1`);
  const back = await t.call('PUT', `${BUILDS}/cancelled-1/details`, { body: { ...ended, status: { phase: 'Running' } } });
  assert.ok(back.body.message.includes('phase cannot be updated from a terminal state'), back.text);
});

test('a clone has the next number of its config', async () => {
  await builds.create('cloned');
  await t.call('POST', `${CONFIGS}/cloned/instantiate`, { body: { metadata: { name: 'cloned' } } });
  const { code, body } = await t.call('POST', `${BUILDS}/cloned-1/clone`, { body: { metadata: { name: 'cloned-1' } } });
  assert.deepEqual([code, body.metadata?.name], [201, 'cloned-2'], body.message);
});

const HOOKS = [
  { type: 'GitHub', github: { secret: 'gh' } },
  { type: 'GitLab', gitlab: { secretReference: { name: 'hook' } } },
  { type: 'Bitbucket', bitbucket: { secret: 'bb' } },
  { type: 'Generic', generic: { secret: 'ge', allowEnv: true } },
];

const COMMIT = '0123456789abcdef0123456789abcdef01234567';

test('webhooks start builds for who knows the word, and tell others nothing', async () => {
  const data = { WebHookSecretKey: Buffer.from('gl').toString('base64') };
  await t.call('POST', '/api/v1/namespaces/default/secrets', { body: { metadata: { name: 'hook' }, data } });
  await builds.create('hooked', { source: { git: { ...SOURCE.git, ref: 'main' } }, triggers: HOOKS });
  const hook = (path: string, headers: Record<string, string> = {}, body: unknown = undefined) =>
    t.call('POST', `${CONFIGS}/${path}`, { as: null, headers, body });
  const push = {
    ref: 'refs/heads/main',
    head_commit: { id: COMMIT, message: 'Mend', author: { name: 'Ann', email: 'a@b.example' } },
  };

  const github = await hook('hooked/webhooks/gh/github', { 'x-github-event': 'push' }, push);
  assert.equal(github.code, 200, github.text);
  assert.equal(github.body.kind, 'Build');
  assert.equal(github.body.spec.revision.git.commit, COMMIT);
  assert.equal(github.body.spec.revision.git.author.name, 'Ann');
  assert.equal(github.body.spec.triggeredBy[0].message, 'GitHub WebHook');
  assert.equal(github.body.spec.triggeredBy[0].githubWebHook.secret, '<secret>');

  const ping = await hook('hooked/webhooks/gh/github', { 'x-github-event': 'ping' }, {});
  assert.deepEqual([ping.code, ping.body.kind], [200, 'Status']);
  const other = await hook('hooked/webhooks/gh/github', { 'x-github-event': 'push' }, { ...push, ref: 'refs/heads/x' });
  assert.deepEqual(
    [other.code, other.body.message],
    [200, 'skipping build. Branch reference from "refs/heads/x" does not match configuration'],
  );
  assert.equal((await hook('hooked/webhooks/gh/github', {}, push)).code, 400);

  const gitlab = await hook(
    'hooked/webhooks/gl/gitlab',
    { 'x-gitlab-event': 'Push Hook' },
    { ref: 'refs/heads/main', commits: [{ id: COMMIT }] },
  );
  assert.equal(gitlab.body.spec?.revision.git.commit, COMMIT, gitlab.text);
  const changes = [{ new: { type: 'branch', name: 'main', target: { hash: COMMIT, message: 'Mend' } } }];
  const bitbucket = await hook('hooked/webhooks/bb/bitbucket', { 'x-event-key': 'repo:push' }, { push: { changes } });
  assert.equal(bitbucket.body.spec?.revision.git.commit, COMMIT, bitbucket.text);

  assert.equal((await hook('hooked/webhooks/ge/generic')).body.kind, 'Build');
  const odd = await hook('hooked/webhooks/ge/generic', { 'content-type': 'text/plain' }, 'what');
  assert.deepEqual(
    [odd.code, odd.body.message],
    [200, 'invalid Content-Type on payload, ignoring payload and continuing with build'],
  );
  const env = await hook(
    'hooked/webhooks/ge/generic',
    {},
    { env: [{ name: 'MODE', value: 'x', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] },
  );
  assert.deepEqual(env.body.spec.strategy.sourceStrategy.env, [{ name: 'MODE', value: 'x' }]);
  const option = await hook('hooked/webhooks/ge/generic', {}, { git: { ref: 'main', commit: '--upload-pack=id' } });
  assert.equal(option.body.spec.revision, undefined);

  const before = (await t.call('GET', `${CONFIGS}/hooked`)).body.status.lastVersion;
  const wrong = await Promise.all(
    ['hooked/webhooks/ge/github', 'hooked/webhooks/GH/github', 'absent/webhooks/gh/github'].map((path) =>
      hook(path, { 'x-github-event': 'push' }, push),
    ),
  );
  for (const each of wrong) {
    assert.equal(each.code, 401);
    assert.match(each.body.message, /^the webhook "github" for "\w+" did not accept your secret$/);
  }
  assert.equal((await hook('hooked/webhooks/gh/moon', {}, {})).code, 404);
  assert.equal((await t.call('GET', `${CONFIGS}/hooked`)).body.status.lastVersion, before);
});

test('an upload goes into the build, and is answered when the build has it', async () => {
  await builds.create('uploaded', { source: { binary: {} } });
  builds.node.onInput = async () => builds.report('uploaded-1', { 'git-clone': { terminated: { exitCode: 0 } } });
  const bytes = Buffer.alloc(3_000_000, 'tar');
  const query = `revision.commit=${COMMIT}&revision.authorName=Ann`;
  const answer = t.call('POST', `${CONFIGS}/uploaded/instantiatebinary?${query}`, {
    body: bytes,
    headers: { 'transfer-encoding': 'chunked', 'content-type': 'application/json' },
  });
  await builds.letRun('uploaded-1');
  const { code, body, text } = await answer;
  assert.equal(code, 201, text);
  assert.equal(body.metadata.name, 'uploaded-1');
  assert.equal(body.spec.source.type, 'Binary');
  assert.equal(body.spec.revision.git.author.name, 'Ann');
  assert.ok(builds.node.inputs.get('uploaded-1-build/git-clone')!.equals(bytes));
});

test('an upload that the build cannot use is told of, and a path as its name is refused', async () => {
  await builds.create('unusable', { source: { binary: {} } });
  const message = JSON.stringify({ reason: 'FetchSourceFailed', message: 'this is no tar' });
  builds.node.onInput = async () => builds.report('unusable-1', { 'git-clone': { terminated: { exitCode: 1, message } } });
  const answer = t.call('POST', `${CONFIGS}/unusable/instantiatebinary`, { body: Buffer.from('x') });
  await builds.letRun('unusable-1');
  const { code, body } = await answer;
  assert.deepEqual([code, body.message], [400, 'build unusable-1 could not use what was uploaded: this is no tar']);
  assert.equal((await t.call('GET', `${BUILDS}/unusable-1`)).body.status.cancelled, true);
  const path = await t.call('POST', `${CONFIGS}/unusable/instantiatebinary?asFile=../x`, { body: Buffer.from('x') });
  assert.equal(path.code, 422, path.text);
});

test('a log is that of all containers, waits for the build, and can be followed', async () => {
  await builds.create('logged');
  await t.call('POST', `${CONFIGS}/logged/instantiate`, { body: { metadata: { name: 'logged' } } });
  assert.deepEqual((await t.call('GET', `${BUILDS}/logged-1/log?nowait=true`)).text, '');
  builds.node.logs
    .set('logged-1-build/git-clone', 'Cloning\nCommit\n')
    .set('logged-1-build/sti-build', 'one\ntwo\nPush successful\n');
  const followed = t.call('GET', `${BUILDS}/logged-1/log?follow=true`);
  await builds.letRun('logged-1');
  await builds.report('logged-1', { 'git-clone': { terminated: { exitCode: 0 } } });
  const half = await t.call('GET', `${BUILDS}/logged-1/log`);
  assert.equal(half.text, 'Cloning\nCommit\n');
  await builds.report(
    'logged-1',
    { 'git-clone': { terminated: { exitCode: 0 } }, 'sti-build': { terminated: { exitCode: 0 } } },
    'Succeeded',
  );
  const { code, text, headers } = await followed;
  assert.deepEqual([code, text], [200, 'Cloning\nCommit\none\ntwo\nPush successful\n']);
  assert.equal(headers['content-type'], 'text/plain');
  assert.equal((await t.call('GET', `${BUILDS}/logged-1/log?tailLines=1`)).text, 'Push successful\n');
  assert.equal((await t.call('GET', `${BUILDS}/logged-1/log?limitBytes=4`)).text, 'Clon');
  assert.equal((await t.call('GET', `${BUILDS}/logged-1/log?tailLines=-1`)).code, 422);
  await t.call('POST', `${CONFIGS}/logged/instantiate`, { body: { metadata: { name: 'logged' } } });
  await builds.phase('logged-2', 'Error');
  const none = await t.call('GET', `${BUILDS}/logged-2/log`);
  assert.deepEqual([none.code, none.body.message], [400, 'build logged-2 is in an error state. No logs are available.']);
  assert.equal(
    (await t.call('GET', `${BUILDS}/logged-2/log?previous=true`)).text,
    'Cloning\nCommit\none\ntwo\nPush successful\n',
  );
});
