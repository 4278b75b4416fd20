import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ApiUnderTest, CONFIG_MAPS, configMap, type Reply, startApi } from './api-under-test.ts';

let t: ApiUnderTest;
before(async () => {
  t = await startApi();
  for (let i = 0; i < 7; i++)
    await t.call('POST', CONFIG_MAPS, { body: configMap(`m${i}`, {}, { labels: { odd: String(i % 2) } }) });
});
after(() => t[Symbol.asyncDispose]());

const names = ({ body }: Reply): string[] => body.items.map((item: { metadata: { name: string } }) => item.metadata.name);

test('pages are of one revision, whatever is written in between', async () => {
  const first = await t.call('GET', `${CONFIG_MAPS}?limit=3`);
  assert.deepEqual(names(first), ['m0', 'm1', 'm2']);
  assert.equal(first.body.metadata.remainingItemCount, 4);
  await t.call('POST', CONFIG_MAPS, { body: configMap('m3-late') });
  const second = await t.call('GET', `${CONFIG_MAPS}?limit=3&continue=${first.body.metadata.continue}`);
  assert.deepEqual(names(second), ['m3', 'm4', 'm5']);
  assert.equal(second.body.metadata.resourceVersion, first.body.metadata.resourceVersion);
  const third = await t.call('GET', `${CONFIG_MAPS}?limit=3&continue=${second.body.metadata.continue}`);
  assert.deepEqual(names(third), ['m6']);
  assert.equal(third.body.metadata.continue, undefined);
  await t.call('DELETE', `${CONFIG_MAPS}/m3-late`);
});

test('a token from before a compaction is 410, with a way to go on', async () => {
  const first = await t.call('GET', `${CONFIG_MAPS}?limit=3`);
  await t.call('POST', CONFIG_MAPS, { body: configMap('zz') });
  await t.backend.compact(await t.backend.currentRevision());
  const expired = await t.call('GET', `${CONFIG_MAPS}?limit=3&continue=${first.body.metadata.continue}`);
  assert.equal(expired.code, 410);
  assert.equal(expired.body.reason, 'Expired');
  assert.match(expired.body.message, /^The provided continue parameter is too old to display a consistent list result\./);
  const rest = await t.call('GET', `${CONFIG_MAPS}?continue=${expired.body.metadata.continue}`);
  assert.deepEqual(names(rest), ['m3', 'm4', 'm5', 'm6', 'zz']);
  await t.call('DELETE', `${CONFIG_MAPS}/zz`);
});

test('tokens that nobody gave out are 400', async () => {
  for (const token of [
    'x',
    Buffer.from('{"v":"meta.k8s.io/v1","rv":1,"start":"../\\u0000"}').toString('base64url'),
    Buffer.from('null').toString('base64url'),
  ])
    assert.equal((await t.call('GET', `${CONFIG_MAPS}?continue=${token}`)).code, 400, token);
});

test('selectors, of labels and of fields', async () => {
  assert.deepEqual(names(await t.call('GET', `${CONFIG_MAPS}?labelSelector=odd%3D1`)), ['m1', 'm3', 'm5']);
  assert.deepEqual(names(await t.call('GET', `${CONFIG_MAPS}?fieldSelector=metadata.name%3Dm4`)), ['m4']);
  const paged = await t.call('GET', `${CONFIG_MAPS}?labelSelector=odd%3D1&limit=2`);
  assert.deepEqual([names(paged), paged.body.metadata.remainingItemCount], [['m1', 'm3'], undefined]);
  const field = await t.call('GET', `${CONFIG_MAPS}?fieldSelector=data.a%3D1`);
  assert.equal(field.code, 400);
  assert.match(field.body.message, /"data\.a" is not a known field selector: only "metadata\.name", "metadata\.namespace"/);
});

test('versions: at least, exactly, nonsense', async () => {
  const { body } = await t.call('GET', CONFIG_MAPS);
  const version = Number(body.metadata.resourceVersion);
  await t.call('POST', CONFIG_MAPS, { body: configMap('newer') });
  assert.ok(names(await t.call('GET', `${CONFIG_MAPS}?resourceVersion=${version}`)).includes('newer'));
  const exact = await t.call('GET', `${CONFIG_MAPS}?resourceVersion=${version}&resourceVersionMatch=Exact`);
  assert.ok(!names(exact).includes('newer'));
  assert.equal(exact.body.metadata.resourceVersion, String(version));
  assert.equal((await t.call('GET', `${CONFIG_MAPS}?resourceVersion=abc`)).code, 422);
  assert.equal((await t.call('GET', `${CONFIG_MAPS}?resourceVersionMatch=Exact`)).code, 422);
});

test('a version that has not come yet is a timeout that says so', { timeout: 80_000 }, async () => {
  const revision = (await t.backend.currentRevision()) + 1000;
  const token = Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start: 'default/a\0' })).toString('base64url');
  const replies = await Promise.all(
    [`continue=${token}`, `resourceVersion=${revision}`, `resourceVersion=${revision}&resourceVersionMatch=Exact`].map((query) =>
      t.call('GET', `${CONFIG_MAPS}?${query}`),
    ),
  );
  for (const { code, body } of replies) {
    assert.deepEqual([code, body.reason], [504, 'Timeout']);
    assert.match(body.message, new RegExp(`^Timeout: Too large resource version: ${revision}, current: \\d+$`));
    assert.deepEqual(body.details.causes, [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }]);
  }
});

test('lists as tables and as metadata', async () => {
  const accept =
    'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';
  const { body } = await t.call('GET', `${CONFIG_MAPS}?limit=1`, { headers: { accept } });
  assert.equal(body.kind, 'Table');
  assert.equal(body.apiVersion, 'meta.k8s.io/v1');
  assert.deepEqual(
    body.columnDefinitions.map((column: { name: string }) => column.name),
    ['Name', 'Data', 'Age'],
  );
  assert.equal(body.rows[0].cells[0], 'm0');
  assert.equal(body.rows[0].object.kind, 'PartialObjectMetadata');
  assert.ok(body.metadata.continue);
  const whole = await t.call('GET', `${CONFIG_MAPS}?includeObject=Object`, { headers: { accept } });
  assert.equal(whole.body.rows[0].object.kind, 'ConfigMap');
  const partial = await t.call('GET', CONFIG_MAPS, {
    headers: { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' },
  });
  assert.equal(partial.body.kind, 'PartialObjectMetadataList');
  assert.equal(partial.body.items[0].data, undefined);
});

test('a list may not be asked for as a watch is', async () => {
  const { code, body } = await t.call('GET', `${CONFIG_MAPS}?sendInitialEvents=true`);
  assert.equal(code, 422);
  assert.match(body.message, /sendInitialEvents is forbidden for list/);
});
