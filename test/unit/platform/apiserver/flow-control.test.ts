import assert from 'node:assert/strict';
import { request } from 'node:https';
import { test } from 'node:test';
import type { Mount } from '../../../../lib/platform/api/mount.ts';
import { createMemoryBackend } from '../../../../lib/platform/storage/memory/memory-backend.ts';
import { eventually } from '../../../support/eventually.ts';
import { type ApiUnderTest, CONFIG_MAPS, configMap, type Reply, startApi } from './api-under-test.ts';

const FLOW = '/apis/flowcontrol.apiserver.k8s.io/v1';
const level = (name: string, shares: number, queuing?: object): object => ({
  metadata: { name },
  spec: {
    type: 'Limited',
    limited: {
      nominalConcurrencyShares: shares,
      borrowingLimitPercent: 0,
      limitResponse: queuing === undefined ? { type: 'Reject' } : { type: 'Queue', queuing },
    },
  },
});
const schemaFor = (name: string, subject: object, matchingPrecedence: number, resources = ['*']): object => ({
  metadata: { name },
  spec: {
    priorityLevelConfiguration: { name },
    matchingPrecedence,
    distinguisherMethod: { type: 'ByUser' },
    rules: [{ subjects: [subject], resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources, namespaces: ['*'] }] }],
  },
});

/** An API whose writes of config maps wait until they are let through, one at a time. */
async function startGated(): Promise<{ t: ApiUnderTest; held: string[]; letThrough(count: number): void }> {
  const backend = createMemoryBackend();
  const create = backend.create.bind(backend);
  const gates: (() => void)[] = [];
  const held: string[] = [];
  backend.create = async (key, value) => {
    if (key.includes('/configmaps/')) {
      held.push(key.split('/').at(-1)!);
      await new Promise<void>((resolve) => gates.push(resolve));
    }
    return create(key, value);
  };
  const t = await startApi({ backend });
  await t.call('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    body: {
      metadata: { name: 'team' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'team' }],
    },
  });
  // A level with few seats and short queues: what is true of it is true of larger ones.
  await t.call('POST', `${FLOW}/prioritylevelconfigurations`, {
    body: level('small', 5, { queues: 64, handSize: 4, queueLengthLimit: 4 }),
  });
  await t.call('POST', `${FLOW}/flowschemas`, { body: schemaFor('small', { kind: 'Group', group: { name: 'team' } }, 60) });
  await eventually(async () => {
    const { headers } = await t.call('GET', CONFIG_MAPS, { as: 'noisy@team' });
    const { body } = await t.call('GET', `${FLOW}/prioritylevelconfigurations/small`);
    assert.equal(headers['x-kubernetes-pf-prioritylevel-uid'], body.metadata.uid);
  });
  return { t, held, letThrough: (count) => gates.splice(0, count).forEach((open) => open()) };
}

const write = (t: ApiUnderTest, as: string, name: string): Promise<Reply> =>
  t.call('POST', CONFIG_MAPS, { as, body: configMap(name) });

async function figure(t: ApiUnderTest, name: string, labels: string): Promise<number> {
  const { text } = await t.call('GET', '/metrics');
  const lines = text.split('\n').filter((line) => line.startsWith(`apiserver_flowcontrol_${name}{`) && line.includes(labels));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

test('who floods the API waits behind himself, and is told when to come back', { timeout: 120_000 }, async () => {
  const { t, held, letThrough } = await startGated();
  await using _api = t;
  const replies: Reply[] = [];
  const flood = Array.from({ length: 40 }, (_each, i) =>
    write(t, 'noisy@team', `noisy-${i}`).then((reply) => replies.push(reply)),
  );
  // All that has one of five seats is at the store; 16 wait in four queues; the rest is refused.
  await eventually(() => assert.deepEqual([held.length, replies.length], [5, 19]));
  for (const { code, headers, body } of replies)
    assert.deepEqual(
      [code, headers['retry-after'], body.reason, body.message],
      [429, '1', 'TooManyRequests', 'Too many requests, please try again later.'],
    );
  assert.equal(await figure(t, 'current_inqueue_requests', 'small'), 16);
  assert.equal(await figure(t, 'rejected_requests_total', 'reason="queue-full"'), 19);

  const quiet = write(t, 'quiet@team', 'quiet');
  await eventually(async () => assert.equal(await figure(t, 'current_inqueue_requests', 'small'), 17));
  for (let turns = 0; !held.includes('quiet'); turns++) {
    assert.ok(turns < 8, 'its turn comes among the first');
    const before = held.length;
    letThrough(1);
    await eventually(() => assert.equal(held.length, before + 1));
  }
  // Administrators, nodes and probes have seats that nobody else gets.
  const admin = write(t, 'admin', 'admin');
  const node = t.call('GET', '/api/v1/nodes/n1', { as: 'system:node:n1@system:nodes' });
  await eventually(() => assert.ok(held.includes('admin')));
  assert.equal((await node).code, 404);
  assert.equal((await t.call('GET', '/readyz', { as: null })).code, 200);

  const drain = setInterval(() => letThrough(1000), 5);
  assert.deepEqual([(await quiet).code, (await admin).code], [201, 201]);
  await Promise.all(flood);
  clearInterval(drain);
  assert.equal(replies.filter(({ code }) => code === 201).length, 21);
  assert.equal(await figure(t, 'current_inqueue_requests', ''), 0);
  assert.equal(await figure(t, 'current_executing_seats', 'small'), 0);
});

test('clients that go give their places away', { timeout: 120_000 }, async () => {
  const { t, held, letThrough } = await startGated();
  await using _api = t;
  const agent = await t.agent('noisy@team');
  const outgoing = Array.from({ length: 20 }, (_each, i) => {
    const body = JSON.stringify(configMap(`c${i}`));
    const sent = request({
      agent,
      host: '127.0.0.1',
      port: t.port,
      method: 'POST',
      path: CONFIG_MAPS,
      headers: { 'content-length': body.length },
    });
    sent.on('error', () => undefined);
    sent.end(body);
    return sent;
  });
  const waiting = (): Promise<number> => figure(t, 'current_inqueue_requests', 'small');
  await eventually(async () => assert.equal(held.length + (await waiting()), 20));
  outgoing.forEach((each) => each.destroy());
  await eventually(async () => assert.equal(await waiting(), 0));
  const drain = setInterval(() => letThrough(1000), 5);
  await eventually(async () => assert.equal(await figure(t, 'current_executing_seats', 'small'), 0));
  assert.equal((await write(t, 'noisy@team', 'after')).code, 201);
  clearInterval(drain);
});

test('bodies that come slowly hold no seats', { timeout: 120_000 }, async () => {
  await using t = (await startGated()).t;
  const agent = await t.agent('noisy@team');
  const slow = Array.from({ length: 20 }, () => {
    const sent = request({
      agent,
      host: '127.0.0.1',
      port: t.port,
      method: 'PUT',
      path: `${CONFIG_MAPS}/x`,
      headers: { 'content-length': 1000 },
    });
    sent.on('error', () => undefined);
    sent.write('{"metadata":');
    return sent;
  });
  await eventually(() => assert.ok(slow.every(({ socket }) => socket !== null && socket.bytesWritten > 0)));
  assert.equal((await t.call('GET', CONFIG_MAPS, { as: 'quiet@team' })).code, 200);
  assert.equal(await figure(t, 'current_executing_seats', 'small'), 0);
  slow.forEach((each) => each.destroy());
});

test('answers tell which schema and level decided, by uid; a schema of one’s own counts at once', async () => {
  await using t = (await startGated()).t;
  const uid = async (path: string): Promise<string> => (await t.call('GET', `${FLOW}/${path}`)).body.metadata.uid;
  const told = async (as: string, path = CONFIG_MAPS): Promise<unknown[]> => {
    const { headers } = await t.call('GET', path, { as });
    return [headers['x-kubernetes-pf-flowschema-uid'], headers['x-kubernetes-pf-prioritylevel-uid']];
  };
  const both = async (schema: string, level: string): Promise<string[]> => [
    await uid(`flowschemas/${schema}`),
    await uid(`prioritylevelconfigurations/${level}`),
  ];
  assert.deepEqual(await told('carol', '/api'), await both('global-default', 'global-default'));
  assert.deepEqual(await told('bob@team'), await both('small', 'small'));
  assert.deepEqual(await told('admin'), await both('exempt', 'exempt'));
  const bob = { kind: 'User', user: { name: 'bob' } };
  assert.equal((await t.call('POST', `${FLOW}/prioritylevelconfigurations`, { body: level('jail', 0) })).code, 201);
  assert.equal((await t.call('POST', `${FLOW}/flowschemas`, { body: schemaFor('jail', bob, 50, ['configmaps']) })).code, 201);
  await eventually(async () => assert.deepEqual(await told('bob@team'), await both('jail', 'jail')));
  assert.deepEqual(await told('bob@team', '/api/v1/namespaces/default/secrets'), await both('small', 'small'));
  // A schema whose level is gone decides nothing.
  await t.call('DELETE', `${FLOW}/prioritylevelconfigurations/jail`);
  await eventually(async () => assert.deepEqual(await told('bob@team'), await both('small', 'small')));
});

test('parts that answer by themselves take turns too: who floods one waits behind himself, and what lasts holds no seat', async () => {
  const inside: string[] = [];
  const gates: (() => void)[] = [];
  const part = (path: string, lasting: boolean): Mount => ({
    path,
    credentials: 'bearer',
    async handle(_request, response, { user, lasts }) {
      inside.push(user!.name);
      if (lasting) lasts();
      await new Promise<void>((resolve) => gates.push(resolve));
      response.end('done');
    },
  });
  await using t = await startApi({ mounts: () => [part('/part/', false), part('/lasting/', true)] });
  await t.call('POST', `${FLOW}/prioritylevelconfigurations`, {
    body: level('small', 5, { queues: 64, handSize: 4, queueLengthLimit: 4 }),
  });
  const subjects = [{ kind: 'Group', group: { name: 'team' } }];
  const rules = [{ subjects, nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['/part/*', '/lasting/*'] }] }];
  const spec = { ...(schemaFor('small', {}, 60) as { spec: object }).spec, rules };
  await t.call('POST', `${FLOW}/flowschemas`, { body: { metadata: { name: 'small' }, spec } });
  await eventually(async () => assert.equal(await figure(t, 'nominal_limit_seats', 'small'), 5));

  const lasting = Array.from({ length: 10 }, () => t.call('GET', '/lasting/x', { as: 'noisy@team' }));
  await eventually(() => assert.equal(inside.length, 10));
  gates.splice(0).forEach((open) => open());
  for (const { code } of await Promise.all(lasting)) assert.equal(code, 200);

  inside.length = 0;
  const replies: Reply[] = [];
  const flood = Array.from({ length: 40 }, () =>
    t.call('GET', '/part/x', { as: 'noisy@team' }).then((reply) => replies.push(reply)),
  );
  await eventually(() => assert.deepEqual([inside.length, replies.length], [5, 19]));
  for (const { code, headers } of replies) assert.deepEqual([code, headers['retry-after']], [429, '1']);
  const quiet = t.call('GET', '/part/x', { as: 'quiet@team' });
  await eventually(async () => assert.equal(await figure(t, 'current_inqueue_requests', 'small'), 17));
  for (let turns = 0; !inside.includes('quiet'); turns++) {
    assert.ok(turns < 8, 'its turn comes among the first');
    const before = inside.length;
    gates.shift()!();
    await eventually(() => assert.equal(inside.length, before + 1));
  }
  const drain = setInterval(() => gates.splice(0).forEach((open) => open()), 5);
  assert.equal((await quiet).text, 'done');
  await Promise.all(flood);
  clearInterval(drain);
});
