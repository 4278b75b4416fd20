import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { schemaAtom } from '../../../../../lib/platform/apiserver/structured-merge/atoms.ts';
import { compare } from '../../../../../lib/platform/apiserver/structured-merge/compare.ts';
import { EMPTY, paths } from '../../../../../lib/platform/apiserver/structured-merge/field-set.ts';
import { pathText } from '../../../../../lib/platform/apiserver/structured-merge/path-element.ts';
import { zeroObject } from '../../../../../lib/platform/apiserver/structured-merge/zero-object.ts';
import { Ledger } from './ledger.ts';

const SCHEMA = 'io.k8s.api.core.v1.Pod';
const ATOM = schemaAtom(SCHEMA);

/** Few names and values, so that configurations meet in the same fields. */
const word = fc.constantFrom('a', 'b', 'c');
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const defined = <T extends object>(shape: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(shape, { requiredKeys: [] }).map((value) => withoutEmpty(value) as T);
/** As stored objects are: without fields that are empty, which nobody tells from absent ones. */
const withoutEmpty = (value: object): object =>
  Object.fromEntries(
    Object.entries(value).filter(([, each]) => typeof each !== 'object' || Object.keys(each as object).length > 0),
  );
const named = <T extends object>(more: fc.Arbitrary<T>): fc.Arbitrary<object[]> =>
  fc.uniqueArray(
    fc.tuple(word, more).map(([name, rest]) => ({ ...rest, name })),
    { maxLength: 3, selector: ({ name }) => name },
  );

const container = defined({
  image: word,
  command: fc.array(word, { maxLength: 2 }),
  env: named(defined({ value: word })),
  resources: defined({ limits: fc.dictionary(word, fc.constantFrom('1', '2'), { maxKeys: 2, noNullPrototype: true }) }),
});
const pod = defined({
  metadata: defined({
    labels: fc.dictionary(word, word, { maxKeys: 3, noNullPrototype: true }),
    finalizers: fc.uniqueArray(word, { maxLength: 3 }),
  }),
  spec: defined({
    containers: named(container),
    nodeSelector: fc.dictionary(word, word, { maxKeys: 2, noNullPrototype: true }),
    hostNetwork: fc.boolean(),
    volumes: named(defined({ hostPath: fc.constant({ path: '/' }) })),
  }),
});
/** What is there already when the two begin: made by updates of somebody else. */
const start = optional(pod);

function ledger(first: unknown): Ledger {
  const made = new Ledger(ATOM, zeroObject(SCHEMA));
  if (first !== undefined) made.update('somebody', first);
  return made;
}
const state = ({ object, owners }: Ledger): unknown => ({
  object,
  owners: Object.fromEntries([...owners].sort(([a], [b]) => (a < b ? -1 : 1))),
});

test('applying the same again changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(start, pod, async (first, config) => {
      const made = ledger(first);
      await made.apply('a', config, true);
      const before = state(made);
      assert.deepEqual(await made.apply('a', config), {});
      assert.deepEqual(state(made), before);
    }),
  );
});

test('what was applied is there', async () => {
  await fc.assert(
    fc.asyncProperty(start, pod, async (first, config) => {
      const made = ledger(first);
      await made.apply('a', config, true);
      // Taking out what was there before leaves nothing of the configuration to be changed.
      assert.equal(compare(made.object, await mergeTwice(made, config), ATOM), undefined);
    }),
  );
});

async function mergeTwice(made: Ledger, config: unknown): Promise<unknown> {
  const again = new Ledger(ATOM, made.object);
  await again.apply('other', config, true);
  return again.object;
}

test('two that are in no conflict may apply in either order', async () => {
  let agreed = 0;
  await fc.assert(
    fc.asyncProperty(start, pod, pod, async (first, one, two) => {
      const [left, right] = [ledger(first), ledger(first)];
      const outcomes = [];
      for (const [made, id, config] of [
        [left, 'a', one],
        [left, 'b', two],
        [right, 'b', two],
        [right, 'a', one],
      ] as const)
        outcomes.push(await made.apply(id, config));
      if (outcomes.some(({ conflicts }) => conflicts !== undefined)) return;
      agreed++;
      assert.deepEqual(Object.fromEntries(left.owners), Object.fromEntries(right.owners));
      // The order of list items is that of the applications; what they are is not.
      assert.equal(compare(left.object, right.object, ATOM), undefined);
    }),
    { numRuns: 300 },
  );
  assert.ok(agreed > 20, `only ${agreed} pairs were in no conflict`);
});

test('what nobody owns stays, whatever an applier says and no longer says', async () => {
  // As every configuration it goes on naming the object, and something of its spec.
  const least = { metadata: { name: 'x' }, spec: { restartPolicy: 'a' } };
  await fc.assert(
    fc.asyncProperty(pod, pod, async (first, config) => {
      const made = new Ledger(ATOM, { ...first, metadata: { ...first.metadata, ...least.metadata } });
      await made.apply(
        'a',
        { metadata: { ...config.metadata, ...least.metadata }, spec: { ...config.spec, ...least.spec } },
        true,
      );
      const said = new Set([...paths(made.owners.get('a')!)].map(pathText));
      await made.apply('a', least, true);
      // A field that it says nothing in any more goes whole, with what nobody owns in it (the defaults of what it said).
      for (const lost of paths(compare(first, made.object, ATOM)?.removed ?? EMPTY)) {
        const field = pathText(lost.slice(0, 2));
        assert.ok(
          [...said].some((each) => each.startsWith(field)),
          `${pathText(lost)} was lost`,
        );
      }
    }),
  );
});

test('without force nothing of others changes, whatever is applied', async () => {
  await fc.assert(
    fc.asyncProperty(pod, fc.array(fc.tuple(fc.constantFrom('a', 'b'), pod), { maxLength: 4 }), async (first, applications) => {
      const made = ledger(first);
      const before = made.owners.get('somebody');
      for (const [id, config] of applications) await made.apply(id, config);
      assert.deepEqual(made.owners.get('somebody'), before);
    }),
  );
});
