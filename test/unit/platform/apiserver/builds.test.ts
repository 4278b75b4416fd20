import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually } from '../../../support/eventually.ts';
import { type ApiUnderTest, startApi } from './api-under-test.ts';
import { type BuildNode, startBuildNode } from './build-node.ts';

const BUILD_API = '/apis/build.openshift.io/v1/namespaces/default';
const CONFIGS = `${BUILD_API}/buildconfigs`;
const BUILDS = `${BUILD_API}/builds`;
const PODS = '/api/v1/namespaces/default/pods';

let t: ApiUnderTest;
let node: BuildNode;

before(async () => {
  t = await startApi();
  node = await startBuildNode(t);
  for (const name of ['default', 'builder'])
    await t.call('POST', '/api/v1/namespaces/default/serviceaccounts', { body: { metadata: { name } } });
});
after(async () => {
  await node[Symbol.asyncDispose]();
  await t[Symbol.asyncDispose]();
});

const SOURCE = { git: { uri: 'https://git.example/shop.git' } };
const STRATEGY = { sourceStrategy: { from: { kind: 'DockerImage', name: 'registry.example/nodejs:20' } } };
const config = (name: string, spec: object = {}): object => ({
  metadata: { name, labels: { app: 'shop' } },
  spec: { source: SOURCE, strategy: STRATEGY, ...spec },
});

async function create(name: string, spec: object = {}): Promise<void> {
  const { code, text } = await t.call('POST', CONFIGS, { body: config(name, spec) });
  assert.equal(code, 201, text);
}

const REFUSED: readonly (readonly [string, object, string])[] = [
  [
    'no strategy',
    { strategy: {} },
    'must provide a value for exactly one of the following: sourceStrategy, dockerStrategy, customStrategy, or jenkinsPipelineStrategy',
  ],
  [
    'a custom strategy',
    { strategy: { customStrategy: { from: STRATEGY.sourceStrategy.from } } },
    'spec.strategy.customStrategy: Forbidden: custom builds are not supported',
  ],
  [
    'a pipeline',
    { strategy: { jenkinsPipelineStrategy: {} } },
    'spec.strategy.jenkinsPipelineStrategy: Forbidden: JenkinsPipeline builds are not supported',
  ],
  [
    'a Dockerfile without a source',
    { source: {}, strategy: { dockerStrategy: {} } },
    'spec.source: Invalid value: "": must provide a value for at least one source input(git, binary, dockerfile, images).',
  ],
  [
    'a helper of git',
    { source: { git: { uri: 'ext::sh -c id' } } },
    'spec.source.git.uri: Invalid value: "ext::sh -c id": uri is not a valid url',
  ],
  [
    'a file of the builder',
    { source: { git: { uri: 'file:///etc' } } },
    'spec.source.git.uri: Invalid value: "file:///etc": uri is not a valid url, "file" is not one of https, http, git, ssh',
  ],
  [
    'an option as URL',
    { source: { git: { uri: '--upload-pack=id' } } },
    'spec.source.git.uri: Invalid value: "--upload-pack=id": uri is not a valid url',
  ],
  [
    'an option as ref',
    { source: { git: { ...SOURCE.git, ref: '--upload-pack=id' } } },
    'spec.source.git.ref: Invalid value: "--upload-pack=id": must be the name of a branch or a tag, or a commit',
  ],
  [
    'a folder outside',
    { source: { ...SOURCE, contextDir: 'a/../../b' } },
    'spec.source.contextDir: Invalid value: "a/../../b": context dir must not be a relative path',
  ],
  [
    'git and an upload',
    { source: { ...SOURCE, binary: {} } },
    'spec.source.git: Invalid value: "": may not be set when binary is also set',
  ],
  [
    'a path as file',
    { source: { binary: { asFile: '../x' } } },
    'spec.source.binary.asFile: Invalid value: "../x": file name may not contain slashes or relative path segments and must be a valid POSIX filename',
  ],
  [
    'a run policy',
    { runPolicy: 'Never' },
    'spec.runPolicy: Invalid value: "Never": run policy must Parallel, Serial, or SerialLatestOnly',
  ],
  [
    'a deadline',
    { completionDeadlineSeconds: 0 },
    'spec.completionDeadlineSeconds: Invalid value: 0: completionDeadlineSeconds must be a positive integer greater than 0',
  ],
  [
    'an output',
    { output: { to: { kind: 'ImageStreamImage', name: 'x' } } },
    "spec.output.to.kind: Invalid value: \"ImageStreamImage\": the target of build output must be an 'ImageStreamTag' or 'DockerImage'",
  ],
  [
    'a tag without a name',
    { output: { to: { kind: 'ImageStreamTag', name: 'shop' } } },
    'spec.output.to.name: Invalid value: "shop": ImageStreamTag object references must be in the form <name>:<tag>',
  ],
  [
    'a hook without a word',
    { triggers: [{ type: 'GitHub', github: {} }] },
    'spec.triggers[0].github: Invalid value: "": must provide a value for at least one of secret or secretReference',
  ],
  ['a trigger', { triggers: [{ type: 'Moon' }] }, 'spec.triggers[0].type: Invalid value: "Moon": invalid trigger type'],
  [
    'a trigger on no tag',
    { triggers: [{ type: 'ImageChange' }] },
    'spec.triggers[0].imageChange: Invalid value: "DockerImage": only an ImageStreamTag type of reference is allowed in an ImageChange trigger.',
  ],
  ['both after the build', { postCommit: { script: 'make', command: ['make'] } }, 'cannot use command and script together'],
];

for (const [what, spec, message] of REFUSED)
  test(`a build config with ${what} is refused`, async () => {
    const { code, body } = await t.call('POST', CONFIGS, { body: config('refused', spec) });
    assert.equal(code, 422);
    assert.ok(body.message.includes(message), body.message);
  });

test('a build config is filled in as OpenShift does, and shown in its columns', async () => {
  await create('filled', { source: { ...SOURCE, contextDir: 'web' }, triggers: [{ type: 'generic', generic: { secret: 'x' } }] });
  const { body } = await t.call('GET', `${CONFIGS}/filled`);
  assert.equal(body.spec.runPolicy, 'Serial');
  assert.equal(body.spec.strategy.type, 'Source');
  assert.equal(body.spec.source.type, 'Git');
  assert.equal(body.spec.triggers[0].type, 'Generic');
  assert.deepEqual([body.spec.successfulBuildsHistoryLimit, body.spec.failedBuildsHistoryLimit], [5, 5]);
  const table = await t.call('GET', `${CONFIGS}/filled`, { headers: { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' } });
  assert.deepEqual(table.body.rows[0].cells, ['filled', 'Source', 'Git', 0]);
});

test('instantiate makes builds with rising numbers', async () => {
  await create('numbers', { completionDeadlineSeconds: 60 });
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
  await create('paused');
  await t.call('PATCH', `${CONFIGS}/paused`, {
    body: { metadata: { annotations: { 'openshift.io/build-config.paused': 'true' } } },
  });
  const { code, body } = await t.call('POST', `${CONFIGS}/paused/instantiate`, { body: { metadata: { name: 'paused' } } });
  assert.deepEqual([code, body.message], [400, "can't instantiate from BuildConfig default/paused: BuildConfig is paused"]);
});

test('a build is cancelled through itself, and nothing else of it changes', async () => {
  await create('cancelled');
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
  await create('cloned');
  await t.call('POST', `${CONFIGS}/cloned/instantiate`, { body: { metadata: { name: 'cloned' } } });
  const { code, body } = await t.call('POST', `${BUILDS}/cloned-1/clone`, { body: { metadata: { name: 'cloned-1' } } });
  assert.deepEqual([code, body.metadata?.name], [201, 'cloned-2'], body.message);
});

test('who may not use a strategy makes no configs and no builds of it', async () => {
  const rules = [{ apiGroups: ['build.openshift.io'], resources: ['*'], verbs: ['*'] }];
  const narrow = [{ ...rules[0], resources: ['buildconfigs', 'builds', 'buildconfigs/instantiate', 'builds/source'] }];
  for (const [name, granted] of [
    ['ann', rules],
    ['bob', narrow],
  ] as const) {
    await t.call('POST', '/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles', {
      body: { metadata: { name }, rules: granted },
    });
    await t.call('POST', '/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings', {
      body: {
        metadata: { name },
        roleRef: { kind: 'Role', name, apiGroup: 'rbac.authorization.k8s.io' },
        subjects: [{ kind: 'User', name, apiGroup: 'rbac.authorization.k8s.io' }],
      },
    });
  }
  await t.call('DELETE', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/system:build-strategy-docker-binding');
  const docker = (name: string): object => config(name, { strategy: { dockerStrategy: {} } });
  assert.equal((await t.call('POST', CONFIGS, { body: docker('allowed'), as: 'ann' })).code, 201);
  const refused = await t.call('POST', CONFIGS, { body: docker('refused'), as: 'bob' });
  assert.equal(refused.code, 403);
  assert.equal(
    refused.body.message,
    'buildconfigs.build.openshift.io "refused" is forbidden: build strategy Docker is not allowed',
  );
  const body = { metadata: { name: 'allowed' } };
  assert.equal((await t.call('POST', `${CONFIGS}/allowed/instantiate`, { body, as: 'bob' })).code, 403);
  assert.equal((await t.call('POST', `${CONFIGS}/allowed/instantiate`, { body, as: 'ann' })).code, 201);
  assert.equal((await t.call('POST', CONFIGS, { body: config('source'), as: 'bob' })).code, 201);
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
  await create('hooked', { source: { git: { ...SOURCE.git, ref: 'main' } }, triggers: HOOKS });
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

/** What the build controller and the kubelet would do: a pod whose container takes an upload. */
async function letRun(name: string): Promise<void> {
  const path = `${BUILDS}/${name}`;
  await eventually(async () => assert.equal((await t.call('GET', path)).code, 200));
  const containers = {
    initContainers: [{ name: 'git-clone', image: 'b', stdin: true }],
    containers: [{ name: 'sti-build', image: 'b' }],
  };
  await t.call('POST', PODS, { body: { metadata: { name: `${name}-build` }, spec: { nodeName: 'n1', ...containers } } });
  await report(name, { 'git-clone': { running: {} } });
  await phase(name, 'Running');
}

async function phase(name: string, value: string): Promise<void> {
  const { body } = await t.call('GET', `${BUILDS}/${name}`);
  const { code, text } = await t.call('PUT', `${BUILDS}/${name}/details`, {
    body: { ...body, status: { ...body.status, phase: value } },
  });
  assert.equal(code, 200, text);
}

async function report(name: string, states: Record<string, object>, podPhase = 'Pending'): Promise<void> {
  const path = `${PODS}/${name}-build`;
  const statuses = (names: string[]): object[] =>
    names.flatMap((each) =>
      states[each] === undefined
        ? []
        : [{ name: each, state: states[each], ready: false, restartCount: 0, image: 'b', imageID: '' }],
    );
  const status = { phase: podPhase, initContainerStatuses: statuses(['git-clone']), containerStatuses: statuses(['sti-build']) };
  const { code, text } = await t.call('PATCH', `${path}/status`, { body: { status } });
  assert.equal(code, 200, text);
}

test('an upload goes into the build, and is answered when the build has it', async () => {
  await create('uploaded', { source: { binary: {} } });
  node.onInput = async () => report('uploaded-1', { 'git-clone': { terminated: { exitCode: 0 } } });
  const bytes = Buffer.alloc(3_000_000, 'tar');
  const query = `revision.commit=${COMMIT}&revision.authorName=Ann`;
  const answer = t.call('POST', `${CONFIGS}/uploaded/instantiatebinary?${query}`, {
    body: bytes,
    headers: { 'transfer-encoding': 'chunked', 'content-type': 'application/json' },
  });
  await letRun('uploaded-1');
  const { code, body, text } = await answer;
  assert.equal(code, 201, text);
  assert.equal(body.metadata.name, 'uploaded-1');
  assert.equal(body.spec.source.type, 'Binary');
  assert.equal(body.spec.revision.git.author.name, 'Ann');
  assert.ok(node.inputs.get('uploaded-1-build/git-clone')!.equals(bytes));
});

test('an upload that the build cannot use is told of, and a path as its name is refused', async () => {
  await create('unusable', { source: { binary: {} } });
  const message = JSON.stringify({ reason: 'FetchSourceFailed', message: 'this is no tar' });
  node.onInput = async () => report('unusable-1', { 'git-clone': { terminated: { exitCode: 1, message } } });
  const answer = t.call('POST', `${CONFIGS}/unusable/instantiatebinary`, { body: Buffer.from('x') });
  await letRun('unusable-1');
  const { code, body } = await answer;
  assert.deepEqual([code, body.message], [400, 'build unusable-1 could not use what was uploaded: this is no tar']);
  assert.equal((await t.call('GET', `${BUILDS}/unusable-1`)).body.status.cancelled, true);
  const path = await t.call('POST', `${CONFIGS}/unusable/instantiatebinary?asFile=../x`, { body: Buffer.from('x') });
  assert.equal(path.code, 422, path.text);
});

test('a log is that of all containers, waits for the build, and can be followed', async () => {
  await create('logged');
  await t.call('POST', `${CONFIGS}/logged/instantiate`, { body: { metadata: { name: 'logged' } } });
  assert.deepEqual((await t.call('GET', `${BUILDS}/logged-1/log?nowait=true`)).text, '');
  node.logs.set('logged-1-build/git-clone', 'Cloning\nCommit\n').set('logged-1-build/sti-build', 'one\ntwo\nPush successful\n');
  const followed = t.call('GET', `${BUILDS}/logged-1/log?follow=true`);
  await letRun('logged-1');
  await report('logged-1', { 'git-clone': { terminated: { exitCode: 0 } } });
  const half = await t.call('GET', `${BUILDS}/logged-1/log`);
  assert.equal(half.text, 'Cloning\nCommit\n');
  await report(
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
  await phase('logged-2', 'Error');
  const none = await t.call('GET', `${BUILDS}/logged-2/log`);
  assert.deepEqual([none.code, none.body.message], [400, 'build logged-2 is in an error state. No logs are available.']);
  assert.equal(
    (await t.call('GET', `${BUILDS}/logged-2/log?previous=true`)).text,
    'Cloning\nCommit\none\ntwo\nPush successful\n',
  );
});
