import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ApiUnderTest } from './api-under-test.ts';
import { BuildsUnderTest, CONFIGS, SOURCE, STRATEGY, config } from './builds-under-test.ts';

let builds: BuildsUnderTest;
let t: ApiUnderTest;

before(async () => {
  builds = await BuildsUnderTest.start();
  ({ t } = builds);
});
after(() => builds.stop());

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
  [
    'a trigger that JavaScript knows',
    { triggers: [{ type: 'constructor' }] },
    'spec.triggers[0].type: Invalid value: "constructor": invalid trigger type',
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
  await builds.create('filled', {
    source: { ...SOURCE, contextDir: 'web' },
    triggers: [{ type: 'generic', generic: { secret: 'x' } }],
  });
  const { body } = await t.call('GET', `${CONFIGS}/filled`);
  assert.equal(body.spec.runPolicy, 'Serial');
  assert.equal(body.spec.strategy.type, 'Source');
  assert.equal(body.spec.source.type, 'Git');
  assert.equal(body.spec.triggers[0].type, 'Generic');
  assert.deepEqual([body.spec.successfulBuildsHistoryLimit, body.spec.failedBuildsHistoryLimit], [5, 5]);
  const table = await t.call('GET', `${CONFIGS}/filled`, { headers: { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' } });
  assert.deepEqual(table.body.rows[0].cells, ['filled', 'Source', 'Git', 0]);
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
