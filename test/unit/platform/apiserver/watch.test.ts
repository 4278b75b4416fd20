import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ApiUnderTest, CONFIG_MAPS, configMap, frames, startApi, startOnSame, take } from './api-under-test.ts';

let t: ApiUnderTest;
before(async () => {
  t = await startApi();
});
after(() => t[Symbol.asyncDispose]());

let counter = 0;
/** A namespace of its own for each test: what others write is not seen. */
async function freshNamespace(): Promise<string> {
  const name = `w${++counter}`;
  await t.call('POST', '/api/v1/namespaces', { body: { metadata: { name } } });
  return `/api/v1/namespaces/${name}/configmaps`;
}
const types = (events: readonly { type: string }[]): string[] => events.map(({ type }) => type);

test('a watch without a version begins with what is there', async () => {
  const path = await freshNamespace();
  await t.call('POST', path, { body: configMap('there') });
  const response = await t.open('GET', `${path}?watch=true`);
  const watch = frames(response);
  await t.call('POST', path, { body: configMap('new') });
  await t.call('PATCH', `${path}/new`, { body: { data: { a: '1' } } });
  const last = await t.call('DELETE', `${path}/new`);
  const events = await take(watch, 4);
  assert.deepEqual(types(events), ['ADDED', 'ADDED', 'MODIFIED', 'DELETED']);
  assert.equal(events[3]!.object.metadata.uid, last.body.details.uid);
  assert.ok(Number(events[3]!.object.metadata.resourceVersion) > Number(events[2]!.object.metadata.resourceVersion));
  response.destroy();
});

test('a watch from a version sees exactly what came after it', async () => {
  const path = await freshNamespace();
  const first = await t.call('POST', path, { body: configMap('a') });
  await t.call('POST', path, { body: configMap('b') });
  const response = await t.open('GET', `${path}?watch=1&resourceVersion=${first.body.metadata.resourceVersion}`);
  const [event] = await take(frames(response), 1);
  assert.deepEqual([event!.type, event!.object.metadata.name], ['ADDED', 'b']);
  response.destroy();
});

test('WatchList sends the state, then the bookmark that says so', async () => {
  const path = await freshNamespace();
  await t.call('POST', path, { body: configMap('a') });
  const query = 'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
  const response = await t.open('GET', `${path}?${query}`);
  const [added, bookmark] = await take(frames(response), 2);
  assert.equal(added!.type, 'ADDED');
  assert.equal(bookmark!.type, 'BOOKMARK');
  const { annotations } = bookmark!.object.metadata as { annotations: Record<string, string> };
  assert.equal(annotations['k8s.io/initial-events-end'], 'true');
  // What client-go makes a list of the events with.
  assert.deepEqual(JSON.parse(Buffer.from(annotations['kubernetes.io/initial-events-list-blueprint']!, 'base64').toString()), {
    kind: 'ConfigMapList',
    apiVersion: 'v1',
    metadata: {},
    items: [],
  });
  assert.match(bookmark!.object.metadata.resourceVersion!, /^\d+$/);
  response.destroy();
  const wrong = await t.call('GET', `${path}?watch=true&sendInitialEvents=true`);
  assert.equal(wrong.code, 422);
  assert.match(
    wrong.body.message,
    /resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan/,
  );
});

test('an object that leaves the selection is deleted for the watcher, one that enters is added', async () => {
  const path = await freshNamespace();
  const response = await t.open('GET', `${path}?watch=true&labelSelector=on%3Dyes`);
  const watch = frames(response);
  await t.call('POST', path, { body: configMap('x', {}, { labels: { on: 'no' } }) });
  await t.call('PATCH', `${path}/x`, { body: { metadata: { labels: { on: 'yes' } } } });
  await t.call('PATCH', `${path}/x`, { body: { data: { a: '1' } } });
  const leaving = await t.call('PATCH', `${path}/x`, { body: { metadata: { labels: { on: 'no' } } } });
  const events = await take(watch, 3);
  assert.deepEqual(types(events), ['ADDED', 'MODIFIED', 'DELETED']);
  assert.deepEqual(events[2]!.object.metadata.labels, { on: 'yes' });
  assert.equal(events[2]!.object.metadata.resourceVersion, leaving.body.metadata.resourceVersion);
  response.destroy();
});

test('timeoutSeconds ends a watch in order, with a last bookmark', async () => {
  const path = await freshNamespace();
  const response = await t.open('GET', `${path}?watch=true&timeoutSeconds=1&allowWatchBookmarks=true`);
  const events = [];
  for await (const event of frames(response)) events.push(event);
  assert.deepEqual(types(events), ['BOOKMARK']);
});

test('a negative timeout is refused, zero is none', async () => {
  const path = await freshNamespace();
  const { code, body } = await t.call('GET', `${path}?watch=true&timeoutSeconds=-1`);
  assert.deepEqual([code, body.reason], [400, 'BadRequest']);
  assert.equal(body.message, 'invalid timeoutSeconds -1: it must not be negative');
  for (const timeout of ['0', '999999999999999']) {
    const response = await t.open('GET', `${path}?watch=true&timeoutSeconds=${timeout}`);
    await t.call('POST', path, { body: configMap(`after-${timeout}`) });
    const [event] = await take(frames(response), 1);
    assert.equal(event!.type, 'ADDED');
    response.destroy();
  }
});

test('a version that was compacted away is 410', async () => {
  const path = await freshNamespace();
  const old = await startApi();
  try {
    for (let i = 0; i < 5; i++) await old.call('POST', CONFIG_MAPS, { body: configMap(`c${i}`) });
    await old.backend.compact(await old.backend.currentRevision());
    const second = await startOnSame(old);
    // As Kubernetes does: the watch begins, says so, and ends.
    const gone = await second.call('GET', `${CONFIG_MAPS}?watch=true&resourceVersion=2`);
    await second[Symbol.asyncDispose]();
    assert.equal(gone.code, 200);
    const { type, object } = JSON.parse(gone.text) as { type: string; object: Record<string, unknown> };
    assert.deepEqual([type, object['kind'], object['code'], object['reason']], ['ERROR', 'Status', 410, 'Expired']);
    assert.match(String(object['message']), /^too old resource version: 2 \(\d+\)$/);
  } finally {
    await old[Symbol.asyncDispose]();
  }
  assert.ok(path);
});

test('a server that has just started replays what the store still knows', async () => {
  const first = await startApi();
  const { body } = await first.call('POST', CONFIG_MAPS, { body: configMap('before') });
  await first.call('POST', CONFIG_MAPS, { body: configMap('between', {}, { labels: { l: 'a' } }) });
  await first.call('PATCH', `${CONFIG_MAPS}/between`, { body: { metadata: { labels: { l: 'b' } } } });
  const second = await startOnSame(first);
  const response = await second.open(
    'GET',
    `${CONFIG_MAPS}?watch=true&labelSelector=l%3Da&resourceVersion=${body.metadata.resourceVersion}`,
  );
  const events = await take(frames(response), 2);
  assert.deepEqual(types(events), ['ADDED', 'DELETED']);
  response.destroy();
  await second[Symbol.asyncDispose]();
  await first[Symbol.asyncDispose]();
});

test('watches may be shown as tables and as metadata only', async () => {
  const path = await freshNamespace();
  await t.call('POST', path, { body: configMap('x', { a: '1' }) });
  const table = await t.open('GET', `${path}?watch=true`, {
    headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
  });
  const [row] = await take(frames(table), 1);
  assert.equal(row!.object.kind, 'Table');
  assert.deepEqual(row!.object['rows'][0].cells.slice(0, 2), ['x', 1]);
  table.destroy();
  const partial = await t.open('GET', `${path}?watch=true`, {
    headers: { accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' },
  });
  const [meta] = await take(frames(partial), 1);
  assert.deepEqual([meta!.object.kind, meta!.object['data']], ['PartialObjectMetadata', undefined]);
  partial.destroy();
});

test('calls in process see the same events, until their signal ends them', async () => {
  const path = await freshNamespace();
  const namespace = path.split('/')[4]!;
  const verbs = t.api.verbs({ name: 'test', groups: ['system:masters'] });
  const stop = new AbortController();
  const seen: string[] = [];
  const reading = (async () => {
    for await (const event of verbs.watch(
      { group: '', version: 'v1', resource: 'configmaps', namespace },
      { signal: stop.signal },
    )) {
      seen.push(`${event.type} ${event.object.metadata.name}`);
      assert.ok(Object.isFrozen(event.object));
      if (event.type === 'DELETED') stop.abort();
    }
  })();
  await verbs.create({ group: '', version: 'v1', resource: 'configmaps', namespace }, configMap('in'));
  await verbs.delete({ group: '', version: 'v1', resource: 'configmaps', namespace, name: 'in' });
  await reading;
  assert.deepEqual(seen, ['ADDED in', 'DELETED in']);
});

test('a reader that does not read is closed, and the others go on', async () => {
  const path = await freshNamespace();
  const slow = await t.open('GET', `${path}?watch=true`);
  slow.pause();
  const closed = new Promise((resolve) => slow.once('close', resolve));
  slow.on('error', () => undefined);
  const quick = await t.open('GET', `${path}?watch=true`);
  let events = 0;
  const reading = (async () => {
    for await (const _event of frames(quick)) if (++events === 61) break;
  })();
  await t.call('POST', path, { body: configMap('big') });
  for (let i = 0; i < 60; i++) await t.call('PATCH', `${path}/big`, { body: { data: { a: `${i}`.padStart(500_000, 'x') } } });
  await reading;
  slow.resume();
  await closed;
  assert.equal(events, 61);
});
