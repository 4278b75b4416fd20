import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { OoError } from '../../../../lib/common/errors.ts';
import { silentLog } from '../../../../lib/common/log.ts';
import { AuditLog } from '../../../../lib/platform/apiserver/audit/audit-log.ts';
import { parseAuditPolicy } from '../../../../lib/platform/apiserver/audit/audit-policy.ts';
import { eventually } from '../../../support/eventually.ts';
import { type ApiUnderTest, CONFIG_MAPS, configMap, startApi } from './api-under-test.ts';

const folder = mkdtempSync(join(tmpdir(), 'oo-audit-'));
after(() => rmSync(folder, { recursive: true }));

// oxlint-disable-next-line typescript/no-explicit-any -- events are looked into at every depth
type Event = Record<string, any>;

let count = 0;
type Options = Parameters<typeof startApi>[0];
async function audited(
  rules: string,
  more: Partial<Options & object> = {},
): Promise<{ t: ApiUnderTest; logFile: string; events(): Event[] }> {
  const [policyFile, logFile] = [join(folder, `policy-${++count}.yaml`), join(folder, `audit-${count}.log`)];
  writeFileSync(policyFile, `apiVersion: audit.k8s.io/v1\nkind: Policy\n${rules}`);
  const t = await startApi({ audit: { policyFile, logFile, maxBytes: 1 << 20, maxBackups: 2 }, ...more });
  const events = (): Event[] =>
    readFileSync(logFile, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Event);
  return { t, logFile, events };
}
const SECRETS = '/api/v1/namespaces/default/secrets';

test('who asked for what, for whom and with what outcome, as much as the policy says', async () => {
  const { t, logFile, events } = await audited(`
omitStages: [RequestReceived]
rules:
  - { level: None, users: ['quiet'] }
  - { level: RequestResponse, verbs: [create, patch], resources: [{ group: '', resources: [configmaps] }] }
  - { level: Metadata }
`);
  await t.call('POST', CONFIG_MAPS, { body: configMap('a', { k: 'v' }) });
  await t.call('PATCH', `${CONFIG_MAPS}/a`, { body: { data: { k: 'w' } } });
  await t.call('GET', `${CONFIG_MAPS}/a`, { as: 'bob' });
  await t.call('GET', `${CONFIG_MAPS}/a`, { as: 'quiet' });
  await t.call('GET', '/api', { as: null });
  await t.call('GET', `${CONFIG_MAPS}/none`, { headers: { 'impersonate-user': 'eve', 'user-agent': 'probe/1' } });
  await t[Symbol.asyncDispose]();
  const [created, patched, refused, nobody, impersonated, ...more] = events();
  assert.equal(more.length, 0);
  assert.equal(statSync(logFile).mode & 0o777, 0o600);
  assert.deepEqual(
    [created!.kind, created!.apiVersion, created!.level, created!.stage, created!.verb],
    ['Event', 'audit.k8s.io/v1', 'RequestResponse', 'ResponseComplete', 'create'],
  );
  assert.deepEqual(created!.user, { username: 'system:admin', groups: ['system:masters', 'system:authenticated'] });
  assert.deepEqual(created!.objectRef, { resource: 'configmaps', namespace: 'default', apiVersion: 'v1' });
  assert.deepEqual([created!.requestObject.data, created!.responseObject.data], [{ k: 'v' }, { k: 'v' }]);
  assert.deepEqual([patched!.requestObject, patched!.responseObject.data], [{ data: { k: 'w' } }, { k: 'w' }]);
  assert.deepEqual(
    [refused!.user.username, refused!.responseStatus.code, refused!.responseStatus.reason],
    ['bob', 403, 'Forbidden'],
  );
  assert.equal(refused!.annotations['authorization.k8s.io/decision'], 'forbid');
  assert.equal(refused!.requestObject, undefined);
  assert.deepEqual([nobody!.user.username, nobody!.responseStatus.code], ['system:anonymous', 401]);
  assert.deepEqual([impersonated!.user.username, impersonated!.impersonatedUser.username], ['system:admin', 'eve']);
  assert.equal(impersonated!.userAgent, 'probe/1');
});

test('who asks a part that answers by itself is written down as well', async () => {
  const { t, events } = await audited('omitStages: [RequestReceived]\nrules: [{ level: Metadata }]\n', {
    mounts: () => [
      {
        path: '/part/',
        credentials: 'bearer',
        async handle(_request, response, { user, annotate }) {
          annotate('part/decision', 'deny');
          response.writeHead(user?.name === 'bob' ? 403 : 200).end();
        },
      },
    ],
  });
  for (const as of ['bob', undefined, null])
    await t.call('GET', '/part/of/it?code=sha256~secret&x=1', as === undefined ? {} : { as });
  await t[Symbol.asyncDispose]();
  const seen = events().filter(({ stage }) => stage === 'ResponseComplete');
  for (const { requestURI } of seen) assert.equal(requestURI, '/part/of/it?code=<kept back>&x=1');
  assert.deepEqual(
    seen.map(({ user, annotations, responseStatus }) => [user.username, annotations['part/decision'], responseStatus.code]),
    [
      ['bob', 'deny', 403],
      ['system:admin', 'deny', 200],
      ['system:anonymous', 'deny', 200],
    ],
  );
});

test('secrets and tokens are in no audit log, whatever the policy says', async () => {
  const { t, logFile } = await audited('rules: [{ level: RequestResponse }]\n');
  await t.call('POST', SECRETS, { body: { metadata: { name: 's' }, stringData: { password: 'sword-fish' } } });
  await t.call('PATCH', `${SECRETS}/s`, { body: { stringData: { password: 'other-fish' } } });
  await t.call('GET', SECRETS);
  await t.call('POST', '/api/v1/namespaces/default/serviceaccounts', { body: { metadata: { name: 'robot' } } });
  const { body } = await t.call('POST', '/api/v1/namespaces/default/serviceaccounts/robot/token', { body: { spec: {} } });
  const token = body.status.token as string;
  await t.call('POST', '/apis/authentication.k8s.io/v1/tokenreviews', { body: { spec: { token } } });
  await t.call('GET', '/api', { as: null, headers: { authorization: `Bearer ${token}` } });
  const hook = '/apis/build.openshift.io/v1/namespaces/default/buildconfigs/shop/webhooks';
  await t.call('POST', `${hook}/cat-fish/generic?note=gold-fish`, { as: null, body: { env: 'flat-fish' } });
  await t[Symbol.asyncDispose]();
  const text = readFileSync(logFile, 'utf8');
  for (const secret of [
    'cat-fish',
    'gold-fish',
    'flat-fish',
    'sword-fish',
    'other-fish',
    Buffer.from('sword-fish').toString('base64'),
    token,
  ])
    assert.ok(!text.includes(secret), secret);
  assert.match(text, /"resource":"secrets"/);
  assert.match(text, /"subresource":"token"/);
  assert.match(text, /"requestURI":"[^"]*\/buildconfigs\/shop\/webhooks\/<kept back>"/);
});

test('a watch is told of when it begins and when it ends', async () => {
  const { t, events } = await audited('rules: [{ level: Metadata, verbs: [watch] }]\n');
  const response = await t.open('GET', `${CONFIG_MAPS}?watch=true`);
  await eventually(() =>
    assert.deepEqual(
      events().map(({ stage }) => stage),
      ['RequestReceived', 'ResponseStarted'],
    ),
  );
  response.destroy();
  await eventually(() => assert.equal(events().at(-1)!.stage, 'ResponseComplete'));
  await t[Symbol.asyncDispose]();
});

const request = (more: object = {}) => ({ user: { name: 'ann', groups: ['ops'] }, verb: 'get', path: '/x', ...more });
const pod = { group: '', resource: 'pods', namespace: 'a', name: 'p' };
const rules: readonly [string, string, object, string][] = [
  ['a group of users', '{ level: Request, userGroups: [ops] }', {}, 'Request'],
  ['another group', '{ level: Request, userGroups: [dev] }', {}, 'None'],
  ['a namespace', '{ level: Request, namespaces: [a] }', { resource: pod }, 'Request'],
  ['another namespace', '{ level: Request, namespaces: [b] }', { resource: pod }, 'None'],
  ['every kind of a group', "{ level: Request, resources: [{ group: '' }] }", { resource: pod }, 'Request'],
  ['another group of kinds', '{ level: Request, resources: [{ group: apps }] }', { resource: pod }, 'None'],
  [
    'a subresource',
    "{ level: Request, resources: [{ group: '', resources: [pods/log] }] }",
    { resource: { ...pod, subresource: 'log' } },
    'Request',
  ],
  [
    'a kind without its subresources',
    "{ level: Request, resources: [{ group: '', resources: [pods] }] }",
    { resource: { ...pod, subresource: 'log' } },
    'None',
  ],
  ['a name', "{ level: Request, resources: [{ group: '', resources: [pods], resourceNames: [q] }] }", { resource: pod }, 'None'],
  ['a path', "{ level: Request, nonResourceURLs: ['/x*'] }", {}, 'Request'],
  ['paths are no resources', "{ level: Request, nonResourceURLs: ['/x*'] }", { resource: pod }, 'None'],
];
for (const [name, rule, asked, level] of rules)
  test(`a policy's rule for ${name}`, () => {
    const policy = parseAuditPolicy(`{ apiVersion: audit.k8s.io/v1, kind: Policy, rules: [${rule}] }`, 'p');
    assert.equal(policy(request(asked)).level, level);
  });

test('a policy that is wrong is refused by file and field', () => {
  const refused = (text: string, pattern: RegExp): void =>
    assert.throws(
      () => parseAuditPolicy(text, '/etc/policy.yaml'),
      (error) => error instanceof OoError && pattern.test(error.message),
    );
  refused('rules: [', /\/etc\/policy\.yaml is not an audit policy/);
  refused('{ apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{ level: Everything }] }', /rules\.0\.level/);
  refused('{ apiVersion: audit.k8s.io/v1, kind: Policy, rules: [] }', /rules/);
});

test('a log that is full is put aside, and the oldest of those goes', async () => {
  const path = join(folder, 'rotated.log');
  let now = Date.parse('2026-01-01T00:00:00Z');
  const log = new AuditLog({ path, maxBytes: 110, maxBackups: 2, now: () => (now += 1000), log: silentLog });
  for (let i = 0; i < 12; i++) {
    log.write({ i, filler: 'x'.repeat(30) });
    await log.flush();
  }
  const files = readdirSync(folder).filter((name) => name.startsWith('rotated'));
  assert.equal(files.length, 3);
  const read = (name: string): number[] =>
    readFileSync(join(folder, name), 'utf8')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { i: number }).i);
  assert.deepEqual(files.toSorted().flatMap(read), [6, 7, 8, 9, 10, 11]);
});

test('what admission has to say of a request: policies, and pods beyond a level of security', async () => {
  const { t, events } = await audited('omitStages: [RequestReceived]\nrules:\n  - { level: Metadata }\n');
  const admission = '/apis/admissionregistration.k8s.io/v1';
  const rule = { operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] };
  const spec = {
    matchConstraints: { resourceRules: [rule] },
    validations: [{ expression: 'false', message: 'look out' }],
    auditAnnotations: [
      { key: 'name', valueExpression: "'it is ' + object.metadata.name" },
      { key: 'nothing', valueExpression: 'null' },
    ],
  };
  await t.call('POST', `${admission}/validatingadmissionpolicies`, { body: { metadata: { name: 'p' }, spec } });
  const binding = { metadata: { name: 'b' }, spec: { policyName: 'p', validationActions: ['Audit'] } };
  await t.call('POST', `${admission}/validatingadmissionpolicybindings`, { body: binding });
  await t.call('POST', CONFIG_MAPS, { body: configMap('a') });
  const labels = { 'pod-security.kubernetes.io/audit': 'restricted' };
  await t.call('POST', '/api/v1/namespaces', { body: { metadata: { name: 'watched', labels } } });
  await t.call('POST', '/api/v1/namespaces/watched/serviceaccounts', { body: { metadata: { name: 'default' } } });
  const pod = { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  const made = await t.call('POST', '/api/v1/namespaces/watched/pods', { body: pod });
  assert.equal(made.code, 201, made.text);
  await t[Symbol.asyncDispose]();
  const annotationsOf = (resource: string): Record<string, string> =>
    events().find(({ objectRef, verb }) => objectRef?.resource === resource && verb === 'create')!.annotations;
  const ofMap = annotationsOf('configmaps');
  assert.equal(ofMap['p/name'], 'it is a');
  assert.equal('p/nothing' in ofMap, false);
  assert.deepEqual(JSON.parse(ofMap['validation.policy.admission.k8s.io/validation_failure']!), [
    { message: 'look out', policy: 'p', binding: 'b', expressionIndex: 0, validationActions: ['Audit'] },
  ]);
  const ofPod = annotationsOf('pods');
  assert.match(ofPod['pod-security.kubernetes.io/audit-violations']!, /^would violate PodSecurity "restricted:latest": /);
  assert.equal(ofPod['pod-security.kubernetes.io/enforce-policy'], 'privileged:latest');
});
