import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backupLines } from '../../../../lib/platform/backup/backup-lines.ts';
import {
  type Backend,
  OutcomeUnknownError,
  StoreFullError,
  StoreUnavailableError,
  ValueTooLargeError,
} from '../../../../lib/platform/storage/backend.ts';
import { createMemoryBackend } from '../../../../lib/platform/storage/memory/memory-backend.ts';
import { startApi } from './api-under-test.ts';

const maps = '/api/v1/namespaces/default/configmaps';
const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } };

test('what the store refuses is a Status with a way out, and no 500', async () => {
  const backend: Backend = createMemoryBackend();
  await using t = await startApi({ backend });
  const create = backend.create.bind(backend);
  const answers: readonly [Error, number, RegExp, string | undefined][] = [
    [
      new StoreUnavailableError('etcdserver: no leader'),
      503,
      /^the store does not answer: etcdserver: no leader, please try again$/,
      '1',
    ],
    [
      new OutcomeUnknownError('Connection dropped'),
      504,
      /^Timeout: whether the write was done is not known: Connection dropped$/,
      undefined,
    ],
    [
      new ValueTooLargeError('etcdserver: request is too large'),
      413,
      /^Request entity is too large: etcdserver: request is too large$/,
      undefined,
    ],
    [new StoreFullError('etcdserver: mvcc: database space exceeded'), 503, /^the store is full: etcdserver/, undefined],
  ];
  for (const [error, code, message, retryAfter] of answers) {
    backend.create = () => Promise.reject(error);
    const answer = await t.call('POST', maps, { body });
    assert.equal(answer.code, code);
    assert.match(answer.body.message, message);
    assert.equal(answer.headers['retry-after'], retryAfter, error.name);
  }
  backend.create = create;
  assert.equal((await t.call('POST', maps, { body })).code, 201);
});

test('readiness says why the store does not answer, and is there again when it does', async () => {
  const backend: Backend = createMemoryBackend();
  await using t = await startApi({ backend });
  assert.equal((await t.call('GET', '/readyz')).code, 200);
  backend.failure = () => 'connect ECONNREFUSED 192.0.2.1:2379';
  const answer = await t.call('GET', '/readyz');
  assert.equal(answer.code, 500);
  assert.match(answer.text, /\[-\]etcd failed: connect ECONNREFUSED 192\.0\.2\.1:2379\n/);
  assert.equal(t.api.ready(), false);
  backend.failure = () => undefined;
  assert.equal((await t.call('GET', '/readyz')).code, 200);
});

test('the store as a whole is for those who were given its paths', async () => {
  const backend = createMemoryBackend();
  await using t = await startApi({
    backend,
    backup: () => backupLines(backend, { platform: '1', taken: '2026-01-01T00:00:00Z' }),
  });
  const whole = await t.call('GET', '/store/backup');
  assert.equal(whole.code, 200);
  const lines = whole.text.trimEnd().split('\n');
  assert.equal(JSON.parse(lines[0]!).format, 'openshift-backup');
  assert.equal(JSON.parse(lines.at(-1)!).end.keys, lines.length - 2);
  assert.deepEqual((await t.call('POST', '/store/defragment')).body, { files: [] });
  assert.equal((await t.call('GET', '/store/backup', { as: null })).code, 401);
  assert.equal((await t.call('GET', '/store/backup', { as: 'ann' })).code, 403);
  assert.equal((await t.call('POST', '/store/defragment', { as: 'ann' })).code, 403);
  assert.equal((await t.call('POST', '/store/backup')).code, 405);
  assert.equal((await t.call('GET', '/store/defragment')).code, 405);
  assert.equal((await t.call('GET', '/store/other')).code, 404);

  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const role = { metadata: { name: 'backups' }, rules: [{ nonResourceURLs: ['/store/backup'], verbs: ['get'] }] };
  await t.call('POST', `${rbac}/clusterroles`, { body: role });
  const subjects = [{ kind: 'User', name: 'ann', apiGroup: 'rbac.authorization.k8s.io' }];
  const roleRef = { kind: 'ClusterRole', name: 'backups', apiGroup: 'rbac.authorization.k8s.io' };
  await t.call('POST', `${rbac}/clusterrolebindings`, { body: { metadata: { name: 'backups' }, roleRef, subjects } });
  assert.equal((await t.call('GET', '/store/backup', { as: 'ann' })).code, 200);
  assert.equal((await t.call('POST', '/store/defragment', { as: 'ann' })).code, 403);
});

test('a backup of a store that does not answer is a 503, and one that breaks off ends the connection', async () => {
  const backend = createMemoryBackend();
  let pages = 0;
  const failing = async function* (after: number): AsyncGenerator<Buffer> {
    for (; pages < after; pages++) yield Buffer.from('line\n');
    throw new StoreUnavailableError('etcdserver: no leader');
  };
  let from = 0;
  await using t = await startApi({ backend, backup: () => failing(from) });
  assert.equal((await t.call('GET', '/store/backup')).code, 503);
  from = 3;
  await assert.rejects(t.call('GET', '/store/backup'), /aborted|ECONNRESET|hang up/);
  assert.equal((await t.call('GET', maps)).code, 200);
});
