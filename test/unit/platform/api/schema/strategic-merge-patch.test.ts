import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../../../../../lib/platform/api/meta.ts';
import { strategicMergePatch } from '../../../../../lib/platform/api/schema/strategic-merge-patch.ts';

const POD = 'io.k8s.api.core.v1.Pod';
const SERVICE = 'io.k8s.api.core.v1.Service';

interface Case {
  readonly title: string;
  readonly schema?: string;
  readonly original: Json;
  readonly patch: Json;
  readonly result: Json;
}

const spec = (containers: Json, more: Record<string, Json> = {}): Json => ({ spec: { containers, ...more } });

const CASES: readonly Case[] = [
  {
    title: 'objects merge, null deletes',
    original: { metadata: { labels: { a: '1', b: '2' } } },
    patch: { metadata: { labels: { b: null, c: '3' } } },
    result: { metadata: { labels: { a: '1', c: '3' } } },
  },
  {
    title: 'lists of objects merge by their key, new items come behind',
    original: spec([{ name: 'a', image: 'x' }]),
    patch: spec([
      { name: 'b', image: 'y' },
      { name: 'a', image: 'z' },
    ]),
    result: spec([
      { name: 'b', image: 'y' },
      { name: 'a', image: 'z' },
    ]),
  },
  {
    title: 'items that the patch does not name stay where they are',
    original: spec([{ name: 'a' }, { name: 'b' }, { name: 'c' }]),
    patch: spec([{ name: 'c', image: 'z' }]),
    result: spec([{ name: 'a' }, { name: 'b' }, { name: 'c', image: 'z' }]),
  },
  {
    title: '$patch: delete takes an item out',
    original: spec([{ name: 'a' }, { name: 'b' }]),
    patch: spec([{ name: 'a', $patch: 'delete' }]),
    result: spec([{ name: 'b' }]),
  },
  {
    title: '$patch: replace replaces a list',
    original: spec([{ name: 'a' }, { name: 'b' }]),
    patch: spec([{ name: 'c' }, { $patch: 'replace' }]),
    result: spec([{ name: 'c' }]),
  },
  {
    title: '$patch: replace replaces an object',
    original: { metadata: { labels: { a: '1' } } },
    patch: { metadata: { labels: { $patch: 'replace', b: '2' } } },
    result: { metadata: { labels: { b: '2' } } },
  },
  {
    title: '$patch: delete empties an object',
    original: { metadata: { labels: { a: '1' } } },
    patch: { metadata: { labels: { $patch: 'delete' } } },
    result: { metadata: { labels: {} } },
  },
  {
    title: 'lists without a strategy are replaced',
    original: spec([{ name: 'a', command: ['x', 'y'] }]),
    patch: spec([{ name: 'a', command: ['z'] }]),
    result: spec([{ name: 'a', command: ['z'] }]),
  },
  {
    title: 'lists of words with the merge strategy unite',
    original: { metadata: { finalizers: ['a', 'b'] } },
    patch: { metadata: { finalizers: ['c', 'a'] } },
    result: { metadata: { finalizers: ['c', 'a', 'b'] } },
  },
  {
    title: '$deleteFromPrimitiveList takes words out',
    original: { metadata: { finalizers: ['a', 'b', 'c'] } },
    patch: { metadata: { '$deleteFromPrimitiveList/finalizers': ['b'] } },
    result: { metadata: { finalizers: ['a', 'c'] } },
  },
  {
    title: "$setElementOrder orders, with the server's own items between",
    original: spec([{ name: 'a' }, { name: 'server' }, { name: 'b' }]),
    patch: { spec: { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }], containers: [{ name: 'b', image: 'x' }] } },
    result: spec([{ name: 'server' }, { name: 'b', image: 'x' }, { name: 'a' }]),
  },
  {
    title: '$patch: replace drops the items that it would delete',
    original: spec([{ name: 'a' }]),
    patch: spec([{ name: 'b' }, { name: 'c', $patch: 'delete' }, { $patch: 'replace' }]),
    result: spec([{ name: 'b' }]),
  },
  {
    title: 'what is ordered and taken out at one time is taken out',
    original: { metadata: { finalizers: ['x'] } },
    patch: {
      metadata: {
        '$setElementOrder/finalizers': ['a', 'b'],
        '$deleteFromPrimitiveList/finalizers': ['b'],
        finalizers: ['a', 'b'],
      },
    },
    result: { metadata: { finalizers: ['a', 'x'] } },
  },
  {
    title: '$setElementOrder alone orders',
    original: spec([{ name: 'a' }, { name: 'b' }]),
    patch: { spec: { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] } },
    result: spec([{ name: 'b' }, { name: 'a' }]),
  },
  {
    title: 'kubectl apply removes an environment variable',
    original: spec([
      {
        name: 'a',
        env: [
          { name: 'X', value: '1' },
          { name: 'Y', value: '2' },
        ],
      },
    ]),
    patch: {
      spec: {
        '$setElementOrder/containers': [{ name: 'a' }],
        containers: [{ name: 'a', '$setElementOrder/env': [{ name: 'Y' }], env: [{ name: 'X', $patch: 'delete' }] }],
      },
    },
    result: spec([{ name: 'a', env: [{ name: 'Y', value: '2' }] }]),
  },
  {
    title: '$retainKeys changes the source of a volume',
    original: spec([], { volumes: [{ name: 'v', emptyDir: {} }] }),
    patch: { spec: { volumes: [{ $retainKeys: ['name', 'hostPath'], name: 'v', hostPath: { path: '/x' } }] } },
    result: spec([], { volumes: [{ name: 'v', hostPath: { path: '/x' } }] }),
  },
  {
    title: 'directives where there is nothing to merge with leave no trace',
    original: { spec: {} },
    patch: {
      spec: {
        volumes: [{ $retainKeys: ['name'], name: 'v' }],
        '$setElementOrder/volumes': [{ name: 'v' }],
        tolerations: [{ key: null }],
      },
    },
    result: { spec: { volumes: [{ name: 'v' }], tolerations: [{}] } },
  },
  {
    title: 'service ports merge by port number',
    schema: SERVICE,
    original: { spec: { ports: [{ port: 80, targetPort: 80 }, { port: 443 }] } },
    patch: { spec: { ports: [{ port: 80, targetPort: 8080 }] } },
    result: { spec: { ports: [{ port: 80, targetPort: 8080 }, { port: 443 }] } },
  },
  {
    title: 'fields that no table has merge like any object',
    original: { spec: { foo: { a: 1 } } },
    patch: { spec: { foo: { b: 2 } } },
    result: { spec: { foo: { a: 1, b: 2 } } },
  },
];

for (const { title, schema = POD, original, patch, result } of CASES)
  test(title, () => {
    const before = structuredClone({ original, patch });
    assert.deepEqual(strategicMergePatch(original, patch, schema), result);
    assert.deepEqual({ original, patch }, before, 'the arguments were changed');
  });

const REFUSED: readonly [title: string, original: Json, patch: Json, text: RegExp][] = [
  ['an item without its key', spec([{ name: 'a' }]), spec([{ image: 'x' }]), /does not contain declared merge key: name/],
  [
    'an unknown directive',
    { metadata: {} },
    { metadata: { $patch: 'explode' } },
    /unknown patch type: explode in map: map\[\$patch:explode\]$/,
  ],
  ['an unknown directive in a list', spec([{ name: 'a' }]), spec([{ name: 'b', $patch: 'x' }]), /unknown patch type: x in map/],
  [
    'an order that the list does not have',
    spec([]),
    { spec: { '$setElementOrder/containers': [{ name: 'a' }, { name: 'b' }], containers: [{ name: 'b' }, { name: 'a' }] } },
    /The order in patch list:\n\[map\[name:b\] map\[name:a\]\]\n doesn't match \$setElementOrder list:\n\[map\[name:a\] map\[name:b\]\]/,
  ],
  [
    'a key outside of $retainKeys',
    spec([], { strategy: {} }),
    { spec: { $retainKeys: ['a'], b: 1 } },
    /invalid patch format of retainKeys/,
  ],
  ['an order that is no list', spec([]), { spec: { '$setElementOrder/containers': 1 } }, /setElementOrder/],
];
for (const [title, original, patch, text] of REFUSED)
  test(`${title} is refused`, () => assert.throws(() => strategicMergePatch(original, patch, POD), text));

test('a patch cannot reach a prototype', () => {
  const patch = JSON.parse('{"metadata":{"labels":{"__proto__":{"polluted":"yes"}}},"__proto__":{"polluted":"yes"}}') as Json;
  const result = strategicMergePatch({ metadata: { labels: { a: 'b' } } }, patch, POD) as { metadata: { labels: object } };
  assert.equal(({} as { polluted?: string }).polluted, undefined);
  assert.equal((result.metadata.labels as { polluted?: string }).polluted, undefined);
  assert.deepEqual(Object.keys(result.metadata.labels), ['a', '__proto__']);
});

test('a patch nested thousands deep is a bad request', () => {
  const patch = JSON.parse(`${'{"spec":'.repeat(20_000)}1${'}'.repeat(20_000)}`) as Json;
  assert.throws(() => strategicMergePatch({}, patch, POD), { message: 'exceeded max depth', code: 400 });
});

test('long lists take time in proportion to their length', () => {
  const names = Array.from({ length: 40_000 }, (_, i) => `n${i}`);
  const finalizers = { '$setElementOrder/finalizers': names, finalizers: names, '$deleteFromPrimitiveList/finalizers': names };
  const containers = names.map((name) => ({ name, image: 'y' }));
  const deletions = names.map((name) => ({ name, $patch: 'delete' }));
  const began = process.cpuUsage();
  const merged = strategicMergePatch(
    { metadata: { finalizers: names }, spec: { containers: [...containers].reverse() } },
    { metadata: finalizers, spec: { containers } },
    POD,
  ) as { spec: { containers: object[] } };
  assert.deepEqual(merged.spec.containers, containers);
  assert.deepEqual(strategicMergePatch(merged as Json, { spec: { containers: deletions } }, POD), {
    metadata: { finalizers: [] },
    spec: { containers: [] },
  });
  const { user, system } = process.cpuUsage(began);
  // What is quadratic takes minutes.
  assert.ok(user + system < 5_000_000, `${(user + system) / 1000} ms`);
});
